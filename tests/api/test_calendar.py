"""One's own calendar, by programs."""

from datetime import date, timedelta

from app.tasks.moments import Due
from tests.factories import make_employee, make_task


def on(day):
    return Due(day, None, "Europe/London")


def test_ones_own_days_in_their_order(api, program, admin, db):
    make_task("Later", admin, due=on(date(2031, 3, 30)))
    make_task("Sooner", admin, due=on(date(2031, 3, 1)))
    make_task("After", admin, due=on(date(2031, 4, 1)))
    make_task("Not mine", make_employee(), due=on(date(2031, 3, 2)))
    found = api.get("/calendar?first=2031-03-01&last=2031-03-31").json["data"]
    assert [(one["on"], one["title"]) for one in found] == [("2031-03-01", "Sooner"), ("2031-03-30", "Later")]
    assert found[0]["address"] == f"/tasks/{found[0]['task_id']}"


def test_without_days_it_is_the_coming_month(api, admin, db):
    make_task("Soon", admin, due=on(date.today() + timedelta(days=20)))
    make_task("Far", admin, due=on(date.today() + timedelta(days=40)))
    assert [one["title"] for one in api.get("/calendar").json["data"]] == ["Soon"]


def test_days_that_make_no_sense_are_refused(api):
    for asked in ("first=2031-03-02&last=2031-03-01", "first=2031-01-01&last=2031-12-31", "first=soon"):
        assert api.get(f"/calendar?{asked}").status_code == 422
