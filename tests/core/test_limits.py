"""What many requests of a process count at the same moment is counted by one question to Redis, and right."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from app.core import limits
from app.core.errors import TooManyRequests, Unavailable

TOO_MANY = -1


@pytest.fixture
def left_of(app):
    """What `hit` leaves of these limits, counted at the same moment in this order; -1 where it refuses."""

    def left(use: tuple[str, ...]) -> int:
        try:
            return limits.hit(*use).left
        except TooManyRequests:
            return TOO_MANY

    def all_at_once(*uses: tuple[str, ...]) -> list[int]:
        with ThreadPoolExecutor(len(uses)) as pool:
            with limits._counter._turn:
                answers = []
                for use in uses:
                    answers.append(pool.submit(left, use))
                    while len(limits._counter._waiting) < len(answers):
                        Event().wait(0.001)
            return [answer.result() for answer in answers]

    return all_at_once


def questions(redis) -> int:
    return redis.info("commandstats").get("cmdstat_evalsha", {}).get("calls", 0)


def test_those_of_one_moment_are_one_question_and_come_in_their_order(left_of, redis):
    asked = questions(redis)
    limits.hit("5/minute", "shop", "a")
    assert left_of(*[("5/minute", "shop", "a")] * 6) == [3, 2, 1, 0, TOO_MANY, TOO_MANY]
    assert left_of(*[("5/minute", "shop", "a")] * 2) == [TOO_MANY, TOO_MANY]
    assert questions(redis) - asked <= 3 + 1  # the script may be new to Redis


def test_each_limit_of_one_moment_is_counted_for_itself(left_of):
    a, b, wide = ("2/minute", "shop", "a"), ("2/minute", "shop", "b"), ("9/hour", "shop", "a")
    assert left_of(a, b, a, wide, a, b) == [1, 1, 0, 8, TOO_MANY, 0]


def test_redis_may_forget_what_to_do(redis, app):
    limits.hit("5/minute", "shop")
    redis.script_flush()
    assert limits.hit("5/minute", "shop").left == 3


def test_without_redis_all_pass_but_where_money_is_at_stake(app, monkeypatch):
    monkeypatch.setattr(limits.redis, "client", limits.redis.client.from_url("redis://127.0.0.1:1"))
    assert limits.hit("1/minute", "shop").left == limits.hit("1/minute", "shop").left == 1
    with pytest.raises(Unavailable):
        limits.hit("1/minute", "shop", fail_closed=True)
