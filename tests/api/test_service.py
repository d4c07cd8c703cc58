"""Insights by programs: the numbers and rows of the page, of whom the key may see."""

import csv
import io
from datetime import timedelta

import pytest

from app.conversations.availability.models import Availability
from app.core.clock import now
from app.insights.service.metrics import METRICS
from tests.factories import make_customer, make_employee
from tests.insights.test_service import answered


def everything(program, path):
    """All rows of a list, page by page."""
    rows = []
    while path:
        page = program.get(path).json
        rows += page["data"]
        path = page["next"]
    return rows


@pytest.fixture
def support(db):
    team = [make_employee(department="Support", first_name=name) for name in ("Ann", "Bob")]
    for number, owner in enumerate(team * 3):
        answered(db, owner, minutes=5 * number + 1, days_ago=number + 1, target=900, stars=number % 5 + 1)
    return team


def test_numbers_rows_and_the_file_of_the_page_agree(api, browser, support):
    page = browser(make_employee("manager"))
    for narrowed in ("", f"&employee_id={support[0].person_id}", "&team=Support"):
        found = {one["metric"]: one for one in api.get(f"/insights?period=30d{narrowed}").json["data"]}
        assert list(found) == list(METRICS)
        for key, metric in found.items():
            file = page.get(f"/insights/rows.csv?metric={key}&period=30d{narrowed.replace('_id', '')}").text
            lines = list(csv.DictReader(io.StringIO(file)))
            rows = everything(api, f"/insights/{key}/rows?period=30d&limit=2{narrowed}")
            assert metric["figure"]["count"] == len(rows) == len(lines)
            assert [(row["value"], row["about_id"]) for row in rows] == [
                (float(line["value"]), line["id"]) for line in lines
            ]
            assert sum(row["in_time"] is True for row in rows) == metric["figure"]["met"]
            for group in metric["groups"]:
                of_group = api.get(f"/insights/{key}/rows", query_string={"group": group["group"], "limit": 200}).json
                assert narrowed or len(of_group["data"]) == group["figure"]["count"]


def test_a_key_sees_what_its_owner_sees(program, support):
    ann = program(support[0])
    first = ann.get("/insights").json["data"][0]
    assert (first["metric"], first["figure"]["count"], first["time_zone"]) == ("first", 3, "Europe/London")
    assert {row["employee_id"] for row in ann.get("/insights/first/rows").json["data"]} == {str(support[0].person_id)}
    assert program(make_customer()).get("/insights").status_code == 403


def test_pages_go_back_and_damaged_addresses_are_refused(api, support):
    first = api.get("/insights/first/rows?limit=4").json
    second = api.get(first["next"]).json
    assert (len(first["data"]), len(second["data"]), second["next"]) == (4, 2, None)
    assert api.get(second["previous"]).json["data"] == first["data"]
    assert api.get("/insights/first/rows?after=WyJhIiwtMV0").status_code == 422
    assert api.get("/insights/nothing/rows").status_code == 404
    assert api.get("/insights?period=never").status_code == 422


def test_intervals_are_cut_to_the_period(api, db, support):
    began = now() - timedelta(days=60)
    db.add(Availability(person_id=support[0].person_id, began_at=began, state="busy"))
    db.commit()
    (only,) = api.get("/availability-intervals?period=7d").json["data"]
    assert (only["employee_name"].split()[0], only["state"]) == ("Ann", "busy")
    assert only["began_at"] > began.isoformat()
    assert only["ended_at"] <= now().isoformat()
    assert api.get(f"/availability-intervals?employee_id={support[1].person_id}").json["data"] == []
