"""Tasks by programs."""

import pytest

from tests.factories import make_customer

BODY = {
    "title": "Call about the lease",
    "kind": "call",
    "due_on": "2031-03-30",
    "due_time": "09:30",
    "repeat": "FREQ=WEEKLY",
}


def test_a_task_is_added_changed_done_and_opened_again(api):
    customer = make_customer()
    made = api.post("/tasks", {**BODY, "record_kind": "customer", "record_id": str(customer.person_id)}).json
    assert (made["due_at"], made["state"], made["is_late"]) == ("2031-03-30T08:30:00.000Z", "open", False)
    path = f"/tasks/{made['id']}"
    changed = api.patch(path, {"due_on": "2031-12-30", "remind_minutes": 30}, headers=api.tag(path)).json
    assert (changed["due_at"], changed["due_time"], changed["title"]) == (
        "2031-12-30T09:30:00.000Z",
        "09:30",
        BODY["title"],
    )
    assert api.patch(path, {"title": "Other"}).status_code == 428
    assert api.post(f"{path}/completion").json["state"] == "done"
    (later,) = api.get(f"/tasks?record_kind=customer&record_id={customer.person_id}").json["data"]
    assert (later["due_on"], later["series_id"]) == ("2031-04-06", made["series_id"])
    assert api("DELETE", f"{path}/completion").json["done_at"] is None
    assert api.post(f"{path}/cancellation").json["state"] == "cancelled"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"due_on": None}, "due_on"),
        ({"due_time": "9 o’clock"}, "due_time"),
        ({"repeat": "now and then"}, "repeat"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"record_kind": "customer"}, "record_id"),
        ({"assignee_id": "00000000-0000-0000-0000-000000000000"}, "assignee_id"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(api, wrong, field):
    answer = api.post("/tasks", {**BODY, **wrong})
    assert answer.status_code == 422
    assert field in answer.json["errors"]
