"""Doorbells that ring after a commit."""

from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile

from sqlalchemy import text

from app.core.db import db as database
from app.core.redis import publish_after_commit, redis

TOPIC = "test:bell"


def heard_while(ring) -> list[str]:
    """What rings meanwhile, up to a last word."""
    with redis.client.pubsub(ignore_subscribe_messages=True) as bell:
        bell.subscribe(TOPIC)
        bell.get_message(timeout=5)  # that it is subscribed
        ring()
        redis.publish(TOPIC, "end")
        words = (message["data"].decode() for message in bell.listen())
        return list(takewhile(lambda word: word != "end", words))


def test_all_doorbells_are_heard_however_many_ring_at_once(app, db):
    def commit(number: int) -> None:
        with app.app_context():
            publish_after_commit(TOPIC, str(number))
            database.session.commit()

    def ring():
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(commit, range(200)))

    assert sorted(heard_while(ring), key=int) == [str(number) for number in range(200)]


def test_a_transaction_rings_equal_ones_once_and_none_when_it_is_rolled_back(app, db):
    def ring():
        database.session.execute(text("SELECT"))
        publish_after_commit(TOPIC, "lost")
        database.session.rollback()
        publish_after_commit(TOPIC, "kept")
        publish_after_commit(TOPIC, "kept")
        database.session.commit()

    assert heard_while(ring) == ["kept"]
