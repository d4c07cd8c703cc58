"""Opening time, by the clock on the shop's wall."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.hours.times import OpeningHours

BERLIN = ZoneInfo("Europe/Berlin")
WORKDAY = ((9 * 60, 12 * 60), (13 * 60, 18 * 60))
SHOP = OpeningHours(
    zone=BERLIN,
    week=(*[WORKDAY] * 5, ((10 * 60, 14 * 60),), ()),
    holidays={date(2026, 12, 24): ((9 * 60, 12 * 60),), date(2026, 12, 25): (), date(2026, 12, 26): ()},
)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-23 08:59", "2026-11-23 09:00"),
        ("2026-11-23 09:00", "2026-11-23 09:00"),
        ("2026-11-23 12:00", "2026-11-23 13:00"),
        ("2026-11-23 17:59", "2026-11-23 17:59"),
        ("2026-11-28 14:00", "2026-11-30 09:00"),
        ("2026-12-24 12:00", "2026-12-28 09:00"),
    ],
)
def test_the_next_opening_steps_over_lunch_sunday_and_holidays(at, opens):
    assert SHOP.next_opening(wall(at)) == wall(opens)
    assert SHOP.is_open(wall(at)) is (at == opens)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-11-23 09:00", 60, "2026-11-23 10:00"),
        ("2026-11-23 11:30", 60, "2026-11-23 13:30"),
        ("2026-11-27 17:30", 60, "2026-11-28 10:30"),
        ("2026-11-28 20:00", 15, "2026-11-30 09:15"),
        ("2026-12-24 11:45", 30, "2026-12-28 09:15"),
        ("2026-11-23 09:00", 480, "2026-11-23 18:00"),
    ],
)
def test_a_promise_in_opening_time_falls_within_it(start, minutes, end):
    assert SHOP.after(wall(start), minutes * 60) == wall(end)
    assert SHOP.seconds_between(wall(start), wall(end)) == minutes * 60


def test_clocks_that_change_add_and_take_an_hour_of_the_night_only():
    nights = OpeningHours(zone=BERLIN, week=(((0, 24 * 60),),) * 7, holidays={date(2026, 1, 1): ()})
    spring, autumn = wall("2026-03-29 00:00"), wall("2026-10-25 00:00")
    assert nights.seconds_between(spring, wall("2026-03-30 00:00")) == 23 * 3600
    assert nights.seconds_between(autumn, wall("2026-10-26 00:00")) == 25 * 3600
    assert SHOP.seconds_between(wall("2026-03-28 10:00"), wall("2026-03-30 10:00")) == 5 * 3600


def test_without_hours_the_shop_is_always_open():
    always = OpeningHours(zone=BERLIN)
    at = wall("2026-12-25 03:00")
    assert always.is_open(at)
    assert always.after(at, 90) == at + timedelta(seconds=90)
    assert always.closing(at) is not None


def test_a_shop_that_never_opens_again_is_not_waited_for():
    never = OpeningHours(zone=BERLIN, week=((),) * 7)
    at = wall("2026-11-23 09:00")
    assert never.next_opening(at) is None
    assert never.seconds_between(at, at + timedelta(days=30)) == 0
    assert never.after(at, 60) > at + timedelta(days=365)


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    seconds=st.integers(min_value=0, max_value=60 * 3600),
)
def test_going_forward_and_counting_back_agree(start, seconds):
    moment = start.replace(tzinfo=UTC)
    assert SHOP.seconds_between(moment, SHOP.after(moment, seconds)) == seconds
