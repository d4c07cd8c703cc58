"""Schedules in the browser, with no JavaScript needed."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.core.clock import now
from app.engine.schedules import actions, ticks
from app.engine.schedules.models import Schedule
from tests.browser_client import text_of
from tests.engine.schedules.conftest import DAILY
from tests.factories import make_employee

WEEKLY = {"job": "test.count", "name": "Sheep", "how": "weekly", "days": ["1", "4"], "time": "09:30"}
WEEKLY |= {"time_zone": "Europe/London", "grace": "5", "misfire": "once", "overlap": "skip"}


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


def one(db) -> Schedule:
    db.expire_all()
    return db.scalars(select(Schedule)).one()


def test_a_schedule_is_made_seen_and_changed(manager, db):
    assert "Let Rapport remember" in text_of(manager.get("/schedules"))
    assert "Count sheep" in text_of(manager.get("/schedules/new"))
    assert "Refresh a thing" not in text_of(manager.get("/schedules/new"))
    form = manager.get("/schedules/new?job=test.count")
    token = re.search(r'name="once" value="([^"]+)"', form.get_data(as_text=True))[1]
    page = manager.follow(manager.post("/schedules", {**WEEKLY, "once": token}))
    assert "Every Monday and Thursday at 09:30, Europe/London" in text_of(page)
    assert text_of(page).count("09:30") >= 20
    manager.follow(manager.post("/schedules", {**WEEKLY, "once": token}))
    made = one(db)
    edit = manager.get(f"/schedules/{made.schedule_id}/edit").get_data(as_text=True)
    assert 'value="09:30"' in edit
    assert re.findall(r'<input[^>]* checked[^>]* value="(\d)"', edit) == ["1", "4"]
    monthly = {**WEEKLY, "how": "monthly", "month_day": "L", "name": "Count them all"}
    page = manager.follow(manager.post(f"/schedules/{made.schedule_id}", monthly))
    assert "On the last day of each month at 09:30" in text_of(page)
    listed = text_of(manager.get("/schedules"))
    assert "Count them all" in listed
    assert "On the last day of each month" in listed


def test_the_next_times_are_foreseen_with_and_without_script(manager, db):
    preview = {**WEEKLY, "then": "preview"}
    fragment = manager.post("/schedules", preview, fragment=True)
    assert fragment.get_data(as_text=True).count("<li>") == 5
    assert "<h1" not in fragment.get_data(as_text=True)
    page = manager.post("/schedules", preview)
    assert (page.status_code, text_of(page).count("09:30")) == (200, 6)
    assert 'value="Sheep"' in page.get_data(as_text=True)
    assert "Choose at least one day." in text_of(manager.post("/schedules", {**preview, "days": []}, fragment=True))
    assert db.scalar(text("SELECT count(*) FROM schedules")) == 0


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": ""}, "Please fill this in."),
        ({"time": "25:00"}, "Write the time as 09:30."),
        ({"time": "٠٩:٣٠"}, "Write the time as 09:30."),
        ({"days": []}, "Choose at least one day."),
        ({"days": ["9"]}, "valid choice"),
        ({"how": "never"}, "Not a valid choice"),
        ({"how": "cron", "cron": "0 0 30 2 *"}, "Bad day-of-month"),
        ({"how": "cron", "cron": "*" * 10_000}, "This rule is too long."),
        ({"how": "cron", "cron": "0 9 * * \x00"}, "plain characters"),
        ({"how": "rrule", "rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "never comes due"),
        ({"how": "rrule", "rrule": "FREQ=DAILY;BYEASTER=1"}, "BYEASTER cannot be used here."),
        ({"how": "interval", "every": "0", "unit": "minutes"}, "number and a unit"),
        ({"how": "interval", "every": "9" * 400, "unit": "minutes"}, "number and a unit"),
        ({"how": "at", "moment": "2026-03-08T02:30"}, "This moment has passed."),
        ({"time_zone": "Mars/Base"}, "There is no such time zone."),
        ({"time_zone": "../../etc/passwd"}, "There is no such time zone."),
        ({"grace": "-1"}, "Choose from 0 to 10,080 minutes."),
        ({"starts_at": "soon"}, "Write it as day and time"),
        ({"starts_at": "9999-12-31T23:59"}, "this century"),
        ({"ends_at": "2020-01-01T00:00"}, "never comes due"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field(manager, db, changed, sentence):
    answer = manager.post("/schedules", {**WEEKLY, **changed})
    assert answer.status_code == 422
    assert sentence in text_of(answer)
    assert manager.post("/schedules", {**WEEKLY, **changed, "then": "preview"}).status_code == 200
    assert db.scalar(text("SELECT count(*) FROM schedules")) == 0


def test_half_past_two_on_the_night_it_does_not_exist_moves_forward(manager, db):
    """In New York, 14 March 2027 has no 02:30."""
    once = {**WEEKLY, "how": "at", "moment": "2027-03-14T02:30", "time_zone": "America/New_York"}
    preview = text_of(manager.post("/schedules", {**once, "then": "preview"}, fragment=True))
    assert "Sun 14 Mar 2027, 03:30" in preview
    manager.follow(manager.post("/schedules", once))
    assert one(db).next_due_at.isoformat() == "2027-03-14T07:30:00+00:00"


def test_pausing_resuming_and_running_by_hand(manager, db, schedule, work, diary):
    made = schedule()
    made.next_due_at = now() + timedelta(hours=1)
    db.commit()
    address = f"/schedules/{made.schedule_id}"
    manager.post(f"{address}/pause")
    assert "Nothing comes due until it is resumed." in text_of(manager.get(address))
    assert "Paused" in text_of(manager.get("/schedules?state=paused"))
    assert "No schedule matches" in text_of(manager.get("/schedules?state=active"))
    manager.post(f"{address}/pause/delete")
    for _click in range(2):
        manager.post(f"{address}/runs")
    assert 'hx-trigger="every 2s"' in manager.get(address, fragment=True).get_data(as_text=True)
    work()
    ticks.tick()
    assert len(diary.done) == 1
    runs = manager.get(address, fragment=True)
    assert "Done counted: 1" in text_of(runs)
    assert "every 2s" not in runs.get_data(as_text=True)
    assert "was removed" in text_of(manager.follow(manager.post(f"{address}/delete")))
    assert manager.get(address).status_code == 404


def test_work_is_told_what_it_asks_for(manager, db):
    form = manager.get("/schedules/new?job=test.paint")
    assert "Colour" in text_of(form)
    assert manager.post("/schedules", {**WEEKLY, "job": "test.paint", "payload_colour": "green"}).status_code == 422
    painted = {**WEEKLY, "job": "test.paint", "payload_colour": "blue", "payload_words": "the fence"}
    page = manager.follow(manager.post("/schedules", painted))
    assert "Colour Blue Words the fence" in text_of(page)
    assert one(db).payload == {"colour": "blue", "words": "the fence"}


def test_what_belongs_to_a_thing_is_not_edited_here(manager, db):
    from uuid import uuid4

    made = actions.put("segment", uuid4(), "test.owned", DAILY, actor=SYSTEM)
    db.commit()
    address = f"/schedules/{made.schedule_id}"
    assert "Belongs to Segment" in text_of(manager.get(address))
    assert [manager.get(f"{address}/edit").status_code, manager.post(f"{address}/delete").status_code] == [409, 409]
    assert manager.post(address, WEEKLY).status_code == 404


def test_schedules_are_for_managers_and_admins(browser, db, schedule):
    made = schedule()
    agent, reader = browser(make_employee("agent")), browser(make_employee("manager"))
    db.execute(text("INSERT INTO changed_grants VALUES ('manager', 'schedules.edit', NULL)"))
    db.commit()
    for path in ("/schedules", "/schedules/new", f"/schedules/{made.schedule_id}"):
        assert agent.get(path).status_code == 403
    assert "Pause" not in text_of(reader.get(f"/schedules/{made.schedule_id}"))
    for path in ("pause", "pause/delete", "runs", "delete"):
        assert reader.post(f"/schedules/{made.schedule_id}/{path}").status_code == 403
    assert browser(make_employee("admin")).get("/schedules/01930f5e-7c00-7000-8000-000000000001").status_code == 404


def test_a_long_list_has_pages_and_its_views_and_orders(manager, db, schedule):
    for number in range(30):
        schedule(name=f"Sheep {number:02}")
    first = manager.get("/schedules?sort=name")
    assert "Sheep 24" in text_of(first)
    assert "Sheep 25" not in text_of(first)
    further = re.search(r'href="([^"]+)" title="Next page"', first.get_data(as_text=True))[1].replace("&amp;", "&")
    assert "Sheep 29" in text_of(manager.get(further))
    assert "Sheep 07" in text_of(manager.get("/schedules?q=eep+07", fragment=True))
    assert manager.get("/schedules?sort=-next").status_code == 200
    assert [manager.get(f"/schedules?{bad}").status_code for bad in ("state=x", "sort=x", "after=x")] == [422] * 3


def test_a_reminder_comes_to_everybody_it_is_for(db, work):
    ann, boss = make_employee("agent"), make_employee("manager")
    make_employee("agent", deactivated_at=now())
    plan = actions.Plan("people.remind", DAILY, "Stand-up", {"words": "Stand-up in five minutes", "whom": "agent"})
    made = actions.add_schedule(plan, actor=SYSTEM)
    actions.run_now(made, actor=SYSTEM)
    db.commit()
    work()
    ticks.tick()
    told = db.execute(text("SELECT person_id, title FROM notices")).all()
    assert [tuple(row) for row in told] == [(ann.person_id, "Stand-up in five minutes")]
    assert boss.person_id != ann.person_id
    assert db.scalar(text("SELECT result FROM schedule_runs")) == {"told": 1}
