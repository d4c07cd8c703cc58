"""Settings that every process knows."""

from app.core import known
from app.core.db import db as database
from app.core.known import Known
from app.core.redis import redis


def test_a_setting_is_read_again_once_somebody_has_changed_one(db):
    read = iter(["old", "new"])
    setting = Known(lambda: next(read))
    assert [setting.get(), setting.get()] == ["old", "old"]
    known.changed()
    assert setting.get() == "old", "nothing is committed yet"
    database.session.commit()
    assert [setting.get(), setting.get()] == ["new", "new"]


def test_another_process_tells_by_the_token(db):
    read = iter(["old", "new"])
    setting = Known(lambda: next(read))
    assert setting.get() == "old"
    redis.client.set(known.TOKEN, "somebody else's")
    assert setting.get() == "new"


def test_a_request_asks_redis_once(app, db, monkeypatch):
    first, second = Known(lambda: "first"), Known(lambda: "second")
    asked = []
    monkeypatch.setattr(redis, "attempt", lambda _command, default: asked.append(1) or default)
    with app.test_request_context():
        assert [first.get(), second.get(), first.get()] == ["first", "second", "first"]
    assert len(asked) == 2, "what there is, and a new one for none"


def test_without_redis_it_is_read_now_and_then(app, db, monkeypatch):
    read = iter(["old", "new"])
    setting = Known(lambda: next(read))
    monkeypatch.setattr(redis, "attempt", lambda _command, default: default)
    assert [setting.get(), setting.get()] == ["old", "old"]
    monkeypatch.setattr(known, "BLIND_SECONDS", 0)
    assert setting.get() == "new"
