"""Questions to Redis, and doorbells that ring after a commit."""

from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile

import pytest
from redis.exceptions import ResponseError
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


def test_commands_of_one_go_are_answered_in_their_order(app):
    assert redis.ask([("SET", "test:word", "mug"), ("GET", "test:word"), ("STRLEN", "test:word")]) == [b"OK", b"mug", 3]


def test_after_a_refusal_nothing_that_was_answered_is_taken_for_something_else(app):
    redis.client.set("test:word", "mug")
    with pytest.raises(ResponseError):
        redis.ask([("LPUSH", "test:word", "cup"), ("GET", "test:word")])
    assert redis.ask([("STRLEN", "test:word")]) == [3]


def test_redis_is_asked_again_where_it_ended_the_connection(app):
    redis.ask([("PING",)])
    redis.client.client_kill_filter(_type="normal", skipme=False)
    assert redis.ask([("PING",)]) == [b"PONG"]


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
