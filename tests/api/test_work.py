"""Working through lists, by programs."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.tasks.models import Task
from tests.factories import make_customer, make_employee


@pytest.fixture
def run(api, db):
    for name in ("Ada", "Ben", "Cleo"):
        make_customer(first_name=name, last_name="Lead")
    return api.post("/work-runs", {"list": "/customers", "query": "sort=name", "name": "Leads"}).json


def test_a_run_is_gone_through_to_its_end(api, run, db):
    path = f"/work-runs/{run['id']}"
    assert (run["total"], run["record_kind"], run["finished_at"]) == (3, "customer", None)
    seen = []
    for outcome in ("done", "skipped", "snoozed"):
        step = api.post(f"{path}/turn").json["step"]
        assert api.post(f"{path}/turn").json["step"]["position"] == step["position"]
        seen.append(step["record"]["name"])
        until = str((now() + timedelta(days=3)).date()) if outcome == "snoozed" else None
        decided = api.post(f"{path}/steps/{step['position']}/decision", {"outcome": outcome, "until": until}).json
        assert decided["state"] == outcome
    assert seen == ["Ada Lead", "Ben Lead", "Cleo Lead"]
    assert db.scalar(select(Task.title)) == "Get back to Cleo Lead"
    end = api.post(f"{path}/turn").json
    assert (end["step"], end["done"], end["skipped"], end["snoozed"]) == (None, 1, 1, 1)
    assert end["finished_at"]
    assert api.get("/work-runs").json["data"] == []
    assert [one["id"] for one in api.get("/work-runs?state=finished").json["data"]] == [run["id"]]


def test_it_waits_where_it_was_left_and_goes_on_with_somebody_else(api, program, run):
    path = f"/work-runs/{run['id']}"
    colleague = program(make_employee("agent"))
    mine, theirs = api.post(f"{path}/turn").json["step"], colleague.post(f"{path}/turn").json["step"]
    assert (mine["position"], theirs["position"]) == (1, 2)
    taken = api.post(f"{path}/steps/2/decision", {"outcome": "done"})
    assert (taken.status_code, taken.json["code"]) == (409, "conflict")
    api.post(f"{path}/release")
    assert api.get(f"{path}/steps/1").json["state"] == "waiting"
    assert colleague.post(f"{path}/end").status_code == 404
    assert api.post(f"{path}/end").json["finished_at"]


def test_an_own_run_is_nobody_elses(api, program, run):
    own = api.post("/work-runs", {"list": "/customers", "is_shared": False}).json
    colleague = program(make_employee("agent"))
    for verb, path in (("GET", ""), ("POST", "/turn"), ("GET", "/steps/1"), ("POST", "/release")):
        assert colleague(verb, f"/work-runs/{own['id']}{path}").status_code == 404
    assert [one["id"] for one in colleague.get("/work-runs").json["data"]] == [run["id"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"list": "/nowhere"}, "list"),
        ({"list": "/performance"}, "list"),
        ({"list": "/customers", "query": "q=Zanzibar"}, None),
        ({"list": "/customers", "is_shared": "yes"}, "is_shared"),
    ],
)
def test_what_makes_no_sense_is_refused(api, run, body, field):
    answer = api.post("/work-runs", body)
    assert answer.status_code == 422
    assert field is None or field in answer.json["errors"]


def test_snoozing_wants_a_day_to_come(api, run):
    for until in (None, "2020-01-01"):
        answer = api.post(f"/work-runs/{run['id']}/steps/1/decision", {"outcome": "snoozed", "until": until})
        assert answer.json["errors"] == {"until": ["Choose a day to come."]}
    assert api.get(f"/work-runs/{run['id']}/steps/9").status_code == 404
