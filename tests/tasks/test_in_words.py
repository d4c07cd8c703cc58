"""Tasks said in a few words."""

from datetime import date, datetime, time

import pytest

from app.tasks.in_words import Understood, understand

SATURDAY = datetime(2026, 11, 21, 14, 0)
SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("call Ada tomorrow 10:00", Understood("Call Ada", "call", on=SUNDAY, at=time(10))),
        ("Send the offer on Friday", Understood("Send the offer", on=date(2026, 11, 27))),
        ("email Bob in 3 days!", Understood("Email Bob", "mail", "high", date(2026, 11, 24))),
        ("meet Carla 24 dec at 3pm", Understood("Meet Carla", "meeting", on=date(2026, 12, 24), at=time(15))),
        ("Pay 2026-12-01", Understood("Pay", on=date(2026, 12, 1))),
        ("in 2 hours check the oven", Understood("Check the oven", on=date(2026, 11, 21), at=time(16))),
        ("renew the lease 3 march", Understood("Renew the lease", on=date(2027, 3, 3))),
        ("tidy up next month", Understood("Tidy up", on=date(2026, 12, 21))),
        ("saturday", Understood("Saturday", on=date(2026, 11, 28))),
        ("water the plants", Understood("Water the plants")),
    ],
)
def test_what_is_meant(words, meant):
    assert understand(words, SATURDAY) == meant


def test_a_time_that_is_over_today_means_tomorrow():
    assert understand("ring at 9:30", SATURDAY).on == SUNDAY
    assert understand("ring at 16:30", SATURDAY).on == SATURDAY.date()


@pytest.mark.parametrize("words", ["buy candles 31 feb", "call May about the sun cream", "pay 12.50"])
def test_what_is_no_day_stays_a_word(words):
    meant = understand(words, SATURDAY)
    assert meant.on is None
    assert meant.title.lower() == words.lower()
