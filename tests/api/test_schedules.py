"""Schedules by programs."""

from datetime import timedelta

import pytest

from app.core.clock import now
from app.engine.schedules import ticks

BODY = {
    "name": "Stand-up",
    "job": "people.remind",
    "payload": {"words": "Stand-up in five minutes", "whom": "everybody"},
    "rule": {"kind": "cron", "text": "55 8 * * 1-5"},
}


@pytest.fixture
def path(api) -> str:
    return f"/schedules/{api.post('/schedules', BODY).json['id']}"


def test_a_schedule_is_made_read_changed_and_removed(api, path):
    made = api.get(path).json
    assert (made["in_words"], made["owner_kind"]) == ("Monday to Friday at 08:55, Europe/London", "staff")
    changed = api.patch(path, {"rule": {"kind": "interval", "text": "2 hours"}}, headers=api.tag(path))
    assert (changed.json["in_words"], changed.json["version"]) == ("every 2 hours", 2)
    stale = api.patch(path, {"name": "Other"}, headers={"If-Match": '"v1"'})
    assert (stale.status_code, api.patch(path, {"name": "Other"}).status_code) == (412, 428)
    assert api("DELETE", path).json["name"] == "Stand-up"
    assert api.get(path).status_code == 404


def test_a_tick_is_no_new_version_of_what_was_decided(api, path, db):
    from sqlalchemy import text

    before = api.get(path).headers["ETag"]
    db.execute(text("UPDATE schedules SET next_due_at = now()"))
    db.commit()
    assert ticks.tick() == 1
    assert api.get(path).headers["ETag"] == before


def test_the_list_tells_how_schedules_stand(api, path, work):
    (listed,) = api.get("/schedules?state=active").json["data"]
    assert (listed["state"], listed["last_run_state"]) == ("active", None)
    run = api.post(f"{path}/runs").json
    assert (run["state"], run["is_by_hand"]) == ("queued", True)
    assert api.post(f"{path}/runs").json["id"] == run["id"]
    work()
    ticks.tick()
    (ended,) = api.get(f"{path}/runs").json["data"]
    assert (ended["id"], ended["state"], ended["result"]) == (run["id"], "ok", {"told": 1})
    api.post(f"{path}/pause")
    (listed,) = api.get("/schedules?state=paused&q=stand").json["data"]
    assert (listed["next_due_at"], listed["last_run_state"]) == (None, "ok")
    assert api.get(f"{path}/due-times").json["data"] == []
    assert api("DELETE", f"{path}/pause").json["paused_at"] is None


def test_due_times_go_on_from_page_to_page(api, path):
    first = api.get(f"{path}/due-times?limit=5").json
    assert {time["local"][11:16] for time in first["data"]} == {"08:55"}
    further = api.get(first["next"]).json
    assert further["data"][0]["due_at"] > first["data"][-1]["due_at"]
    assert api.get(f"{path}/due-times?after=WyJhIiwieCJd").status_code == 422


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"rule": {"kind": "cron", "text": "0 0 30 2 *"}}, "rule"),
        ({"rule": {"kind": "cron", "text": "*" * 10_000}}, "rule.text"),
        ({"rule": {"kind": "lunar", "text": "full"}}, "rule.kind"),
        ({"rule": {"kind": "at", "text": "2020-01-01T00:00"}}, "rule"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"job": "accounts.send_reset"}, "job"),
        ({"payload": {"words": "x", "whom": "everybody", "more": "y"}}, "payload.more"),
        ({"payload": {"words": 5}}, "payload.words.value"),
        ({"starts_at": "2026-01-01T00:00"}, "starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at"),
        ({"starts_at": "2030-01-01T00:00Z", "ends_at": "2029-01-01T00:00Z"}, "ends_at"),
        ({"grace_seconds": -1}, "grace_seconds"),
        ({"overlap": "both"}, "overlap"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(api, changed, field):
    refused = api.post("/schedules", {**BODY, **changed})
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])
    assert api.get("/schedules").json["data"] == []


def test_what_a_schedule_runs_stays(api, path):
    refused = api.patch(path, {"job": "people.forget"}, headers=api.tag(path))
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"job"})
    later = (now() + timedelta(days=3)).isoformat()
    assert api.patch(path, {"starts_at": later}, headers=api.tag(path)).status_code == 200
    assert api.get(f"{path}/due-times?limit=1").json["data"][0]["due_at"] > later[:19]
