"""The calendar, and the address at which other programs read it."""

import re
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from icalendar import Calendar
from sqlalchemy import select

from app.core.clock import now
from app.tasks import calendar, ics
from app.tasks.models import Task
from app.tasks.moments import Due
from tests.browser_client import text_of
from tests.factories import make_customer, make_deal, make_employee, make_task
from tests.statements import counted

LONDON = "Europe/London"
TITLE, DETAILS = "Call Ada; then Bob, “soon”", "Line one\nLine two \\ three"
TENTH = Due(date(2031, 6, 10), time(9, 30), LONDON)


@pytest.fixture
def ravi(db):
    return make_employee("agent")


@pytest.fixture
def agent(browser, ravi):
    return browser(ravi)


def the_task(db):
    db.expire_all()
    return db.scalars(select(Task)).one()


@pytest.mark.parametrize("view", ["month", "week"])
def test_the_calendar_shows_own_tasks_in_at_most_eight_statements(agent, ravi, view):
    make_task("Call Ada", ravi, due=TENTH)
    make_task("Pay the rent", ravi, due=Due(date(2031, 6, 11), None, LONDON))
    make_task("Somebody else’s", make_employee(), due=TENTH)
    path = f"/calendar?view={view}&day=2031-06-10"
    agent.get(path)
    with counted() as statements:
        page = text_of(agent.get(path))
    assert "09:30 Call Ada" in page
    assert "Pay the rent" in page
    assert "Somebody else" not in page
    assert len(statements) <= 8, statements


def test_a_deal_stands_on_the_day_it_is_expected(agent, ravi):
    make_deal(title="Hampers", owner_id=ravi.person_id, expected_on=date(2031, 6, 12))
    page = text_of(agent.get("/calendar?day=2031-06-10"))
    assert "Hampers expected" in page


@pytest.mark.parametrize(
    ("day", "view", "first", "last"),
    [
        ("2026-02-15", "month", "2026-01-26", "2026-03-01"),
        ("2027-02-28", "month", "2027-02-01", "2027-02-28"),
        ("2026-11-22", "week", "2026-11-16", "2026-11-22"),
        ("2026-12-31", "week", "2026-12-28", "2027-01-03"),
    ],
)
def test_weeks_begin_on_monday(day, view, first, last):
    assert calendar.span_of(view, date.fromisoformat(day)) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("do", "due"),
    [
        ("move:{id}:2031-06-12:0", "2031-06-12 09:30"),
        ("move:{id}:2031-06-12T14:0", "2031-06-12 14:30"),
        ("move:{id}:2031-06-12T:0", "2031-06-12 None"),
        ("shift:{id}:-1:0", "2031-06-09 09:30"),
        ("shift:{id}:7:0", "2031-06-17 09:30"),
        ("shift:{id}:0:-10", "2031-06-09 23:30"),
    ],
)
def test_a_task_is_moved(agent, db, ravi, do, due):
    task = make_task("Call Ada", ravi, due=TENTH)
    form = {"do": do.format(id=task.task_id), "view": "week", "day": "2031-06-10"}
    answer = agent.post("/calendar/moves", form, fragment=True)
    assert 'id="calendar"' in answer.get_data(as_text=True)
    assert "/changes/" in answer.headers["HX-Trigger"]
    found = the_task(db)
    assert f"{found.due_on} {found.due_time and format(found.due_time, '%H:%M')}" == due
    assert agent.post("/calendar/moves", form).status_code == 303


@pytest.mark.parametrize(
    "do", ["", "move", "move:{id}:someday:0", "shift:{id}:x:y", "shift:{id}:99999999999:0", "move:{id}::0"]
)
def test_a_move_that_makes_no_sense(agent, db, ravi, do):
    task = make_task("Call Ada", ravi, due=TENTH)
    assert agent.post("/calendar/moves", {"do": do.format(id=task.task_id)}).status_code in (404, 422)
    assert the_task(db).due == TENTH


def test_nobody_moves_what_they_may_not_see(browser, ravi):
    task = make_task("Call Ada", ravi, due=TENTH)
    assert browser(make_customer()).post("/calendar/moves", {"do": f"shift:{task.task_id}:1:0"}).status_code == 403
    assert browser(ravi).get("/calendar?view=year").status_code == 422
    assert browser(ravi).get("/calendar?day=0001-01-01").status_code == 422


def address_of(page) -> str:
    return re.search(r"http://crm.test(/calendar/[\w-]+\.ics)", page.get_data(as_text=True))[1]


def test_other_programs_read_the_calendar_until_it_is_revoked(agent, browser, db, ravi):
    today = now().date()
    make_task(TITLE, ravi, due=Due(today, time(9, 30), "Asia/Kolkata"), details=DETAILS, remind_minutes=30)
    make_task("Pay the rent", ravi, due=Due(today, None, LONDON))
    make_task("Too far away", ravi, due=Due(today + timedelta(days=999), None, LONDON))
    path = address_of(agent.post("/calendar/address"))
    answer = browser().get(path)
    assert answer.mimetype == "text/calendar"
    events = {
        str(event["SUMMARY"]): event for event in Calendar.from_ical(answer.get_data(as_text=True)).walk("VEVENT")
    }
    assert set(events) == {TITLE, "Pay the rent"}
    call, rent = events[TITLE], events["Pay the rent"]
    assert call["DESCRIPTION"] == DETAILS
    assert call["DTSTART"].dt == datetime.combine(today, time(4), UTC)
    assert rent["DTSTART"].dt == today
    again = browser().get(path)
    assert again.data == answer.data
    assert path not in agent.get("/calendar/address").get_data(as_text=True)
    newer = address_of(agent.post("/calendar/address"))
    assert browser().get(path).status_code == 404
    assert browser().get(newer).status_code == 200
    agent.post("/calendar/address/delete")
    assert browser().get(newer).status_code == 404
    assert browser().get("/calendar/guess.ics").status_code == 404


def test_whoever_left_has_no_calendar(agent, browser, db, ravi):
    path = address_of(agent.post("/calendar/address"))
    ravi.deactivated_at = datetime.now(UTC)
    db.commit()
    assert browser().get(path).status_code == 404


@given(title=some.text(min_size=1), details=some.text(), minutes=some.none() | some.integers(0, 80_000))
def test_any_words_come_through_in_lines_that_are_not_too_long(title, details, minutes):
    plain = lambda words: "".join(one for one in words if one.isprintable() or one == "\n").strip()  # noqa: E731
    title, details = plain(title).replace("\n", " ") or "x", plain(details)
    made = datetime(2026, 11, 21, tzinfo=UTC)
    written = ics.write(
        "Lotus", [ics.Appointment("1@rapport", made, title, details, "http://crm.test/", made, 3, minutes)]
    )
    assert all(len(line) <= 75 for line in written.encode().split(b"\r\n"))
    (event,) = Calendar.from_ical(written).walk("VEVENT")
    assert str(event["SUMMARY"]) == title
    assert str(event.get("DESCRIPTION", "")) == details
    assert event["DTSTART"].dt == made
