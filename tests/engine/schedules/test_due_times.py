"""Rules become moments: across summer time, to the last due time, and never by nonsense."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.engine.schedules import due_times
from app.engine.schedules.due_times import Rule, check, next_time, next_times
from app.engine.schedules.words import in_words

NEW_YORK, LONDON = "America/New_York", "Europe/London"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# In New York 02:00 becomes 03:00 on 8 March 2026, and 02:00 becomes 01:00 on 1 November; in London 01:00 becomes
# 02:00 on 29 March, and 02:00 becomes 01:00 on 25 October.
@pytest.mark.parametrize(
    ("zone", "rule", "after", "expected"),
    [
        (NEW_YORK, "0 9 * * *", "2026-03-07T00:00", ["2026-03-07T14:00", "2026-03-08T13:00", "2026-03-09T13:00"]),
        (NEW_YORK, "0 9 * * *", "2026-10-31T00:00", ["2026-10-31T13:00", "2026-11-01T14:00", "2026-11-02T14:00"]),
        (NEW_YORK, "30 2 * * *", "2026-03-07T12:00", ["2026-03-08T07:30", "2026-03-09T06:30"]),
        (NEW_YORK, "30 1 * * *", "2026-10-31T12:00", ["2026-11-01T05:30", "2026-11-02T06:30"]),
        (LONDON, "0 9 * * *", "2026-03-28T00:00", ["2026-03-28T09:00", "2026-03-29T08:00", "2026-03-30T08:00"]),
        (LONDON, "0 9 * * *", "2026-10-24T00:00", ["2026-10-24T08:00", "2026-10-25T09:00", "2026-10-26T09:00"]),
        (LONDON, "30 1 * * *", "2026-03-28T12:00", ["2026-03-29T01:30", "2026-03-30T00:30"]),
        (LONDON, "30 1 * * *", "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        (LONDON, "0 13 * * *", "2026-03-28T14:00", ["2026-03-29T12:00"]),
    ],
)
def test_the_clock_on_the_wall_counts(zone, rule, after, expected):
    assert next_times(Rule("cron", rule, zone), at(after), len(expected)) == [at(moment) for moment in expected]
    minute, hour = rule.split()[:2]
    alike = Rule("rrule", f"FREQ=DAILY;BYHOUR={hour};BYMINUTE={minute}", zone, starts_at=at("2026-01-01T00:00"))
    assert next_times(alike, at(after), len(expected)) == [at(moment) for moment in expected]


def test_a_missing_time_is_not_lost_when_the_clock_is_asked_within_the_gap():
    """At 03:10 the wall clock is past 02:30, yet what was due then comes at 03:30."""
    rule = Rule("cron", "30 2 * * *", NEW_YORK)
    assert next_time(rule, at("2026-03-08T07:10")) == at("2026-03-08T07:30")
    assert next_time(rule, at("2026-03-08T07:30")) == at("2026-03-09T06:30")
    assert next_time(Rule("at", "2026-03-08T02:30", NEW_YORK), at("2026-03-08T07:10")) == at("2026-03-08T07:30")


def test_times_that_meet_behind_the_gap_are_one():
    half_hours = Rule("cron", "0,30 2-3 * * *", NEW_YORK)
    expected = ["2026-03-08T07:00", "2026-03-08T07:30", "2026-03-09T06:00"]
    assert next_times(half_hours, at("2026-03-08T05:00"), 3) == [at(moment) for moment in expected]


def test_moved_times_come_in_the_order_of_moments():
    rule = Rule("rrule", "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=10,50", NEW_YORK, starts_at=at("2026-03-01T00:00"))
    expected = ["2026-03-08T07:10", "2026-03-08T07:50", "2026-03-09T06:10"]
    assert next_times(rule, at("2026-03-08T05:00"), 3) == [at(moment) for moment in expected]


def test_an_interval_keeps_its_pace_through_the_night_that_is_longer():
    rule = Rule("interval", "45 minutes", LONDON, starts_at=at("2026-10-24T12:00"))
    times = next_times(rule, at("2026-10-24T20:00"), 12)
    assert {later - earlier for earlier, later in itertools.pairwise(times)} == {timedelta(minutes=45)}
    assert (times[0] - rule.starts_at) % timedelta(minutes=45) == timedelta()


@settings(max_examples=60, deadline=None)
@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    zone=st.sampled_from([NEW_YORK, LONDON, "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "UTC"]),
    rule=st.sampled_from(["*/20 * * * *", "30 1,2 * * *", "15 2 * * 0", "0 0 1 * *", "59 23 L * *"]),
)
def test_due_times_are_later_ordered_and_what_the_rule_says(moment, zone, rule):
    """Each due time shows on the wall what the rule says, unless that time does not exist there."""
    after = moment.replace(tzinfo=UTC)
    times = next_times(Rule("cron", rule, zone), after, 4)
    assert times == sorted(set(times))
    assert times[0] > after
    assert next_times(Rule("cron", rule, zone), times[1], 2) == times[2:]
    for time in times:
        here = time.astimezone(ZoneInfo(zone))
        shown = here.replace(tzinfo=None)
        is_moved = here.utcoffset() != (time - timedelta(days=1)).astimezone(ZoneInfo(zone)).utcoffset()
        assert is_moved or next(CronSim(rule, shown - timedelta(minutes=1))) == shown


def test_start_and_end_bound_a_rule():
    rule = Rule("cron", "0 9 * * *", LONDON, at("2026-06-10T08:00"), at("2026-06-11T08:00"))
    assert next_times(rule, at("2026-01-01T00:00"), 5) == [at("2026-06-10T08:00"), at("2026-06-11T08:00")]


def test_a_counted_rule_ends():
    rule = Rule("rrule", "FREQ=DAILY;COUNT=3;BYHOUR=9;BYMINUTE=0", LONDON, at("2026-06-10T00:00"))
    assert len(next_times(rule, at("2026-06-10T00:00"), 10)) == 3
    assert len(next_times(rule, at("2026-06-11T12:00"), 10)) == 1


@pytest.mark.parametrize("text", ["FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SA;BYHOUR=9;BYMINUTE=0"])
def test_an_old_rule_gives_the_same_times_as_from_its_beginning(text, monkeypatch):
    rule = Rule("rrule", text, LONDON, starts_at=at("2011-05-04T10:00"))
    quick = next_times(rule, at("2026-03-20T00:00"), 8)
    monkeypatch.setattr(due_times, "_later_start", lambda _parts, start, _begin: start)
    assert next_times(rule, at("2026-03-20T00:00"), 8) == quick


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("cron", ""),
        ("cron", "* * * *"),
        ("cron", "* * * * * *"),
        ("cron", "61 * * * *"),
        ("cron", "*/0 * * * *"),
        ("cron", "0 0 30 2 *"),
        ("cron", "0 0 31 4,6 *"),
        ("cron", "1," * 5000 + " * * * *"),
        ("interval", "0 minutes"),
        ("interval", "-5 minutes"),
        ("interval", "5 seconds"),
        ("interval", "999 weeks"),
        ("interval", "٣ minutes"),
        ("at", "tomorrow"),
        ("at", "2026-03-08T02:30Z"),
        ("at", "9999-12-31T23:59"),
        ("rrule", "FREQ=SECONDLY"),
        ("rrule", "FREQ=DAILY;INTERVAL=0"),
        ("rrule", "FREQ=DAILY;UNTIL=20300101"),
        ("rrule", "FREQ=DAILY\nDTSTART:19700101T000000"),
        ("rrule", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
        ("rrule", "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=0,10,20"),
        ("rrule", "FREQ=MONTHLY;BYDAY=" + "9" * 400 + "MO"),
        ("lunar", "full moon"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_words(kind, text):
    with pytest.raises(Invalid) as refused:
        check(Rule(kind, text, LONDON))
    (sentence,) = refused.value.errors["rule"]
    assert len(sentence) < 200


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../../etc/passwd", "europe/london\x00", "Z" * 10_000])
def test_a_zone_that_is_none_is_refused(zone):
    with pytest.raises(Invalid) as refused:
        check(Rule("cron", "0 9 * * *", zone))
    assert "time_zone" in refused.value.errors


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("cron", "0 9 * * 1", "every Monday at 09:00, Europe/London"),
        ("cron", "5 17 * * 1-5", "Monday to Friday at 17:05, Europe/London"),
        ("cron", "0 9 * * 0,3", "every Wednesday and Sunday at 09:00, Europe/London"),
        ("cron", "30 8 2 * *", "on the 2nd of each month at 08:30, Europe/London"),
        ("cron", "0 0 L * *", "on the last day of each month at 00:00, Europe/London"),
        ("cron", "*/5 8-18 * * *", "every fifth minute from 08:00 through 18:59, Europe/London"),
        ("interval", "1 hour", "every hour"),
        ("interval", "15 minutes", "every 15 minutes"),
        ("at", "2026-03-08T02:30", "once, on 8 March 2026 at 02:30, Europe/London"),
        (
            "rrule",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=9;BYMINUTE=0",
            "every 2 weeks on Monday at 09:00, Europe/London",
        ),
        ("rrule", "FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "every month on the last Friday 3 times, Europe/London"),
        ("rrule", "FREQ=YEARLY;BYMONTH=6", "by the rule FREQ=YEARLY;BYMONTH=6, Europe/London"),
    ],
)
def test_rules_in_words(kind, text, words):
    assert in_words(Rule(kind, text, LONDON)) == words
