"""003-19: a session survives a web restart; ending it works at once everywhere."""

import pytest

from app import create_app
from app.accounts import sign_ins
from app.core.redis import redis
from tests.factories import make_customer


@pytest.fixture
def other_process(config):
    """A second web process of the same installation."""
    return create_app(config)


def token_of(browser) -> str:
    with browser.http.session_transaction() as session:
        return session["token"]


def seen_by(app, token: str) -> bool:
    with app.app_context():
        return sign_ins.load(token) is not None


def test_a_sign_in_outlives_its_process_and_redis(browser, other_process):
    token = token_of(browser(make_customer()))
    assert seen_by(other_process, token)
    redis.client.flushall()
    assert seen_by(other_process, token)


def test_signing_out_counts_at_once_in_every_process(browser, other_process):
    carla = make_customer()
    mine, elsewhere = browser(carla), browser(carla)
    token = token_of(elsewhere)
    assert seen_by(other_process, token)
    mine.post("/settings/sign-ins/delete")
    assert not seen_by(other_process, token)
    assert seen_by(other_process, token_of(mine))


def test_a_slow_reader_cannot_bring_an_ended_sign_in_back(browser, app, db):
    carla = make_customer()
    token = token_of(browser(carla))
    sign_ins.load(token)
    sign_ins.end_all(carla.person_id)
    db.commit()
    key = f"sign-in:{sign_ins.hash_of(token).hex()}"
    assert redis.client.set(key, b"what was read before", nx=True) is None
    assert sign_ins.load(token) is None


def test_a_deactivated_person_is_out_whoever_did_it(browser, db, other_process):
    carla = make_customer()
    token = token_of(browser(carla))
    assert seen_by(other_process, token)
    carla.deactivated_at = carla.created_at
    db.commit()
    assert not seen_by(other_process, token)
