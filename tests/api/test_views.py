"""Programs keep views of lists as people do."""

import pytest
from sqlalchemy import text

from tests.factories import make_employee

STATE = "stage=lead&columns=name,country&group=country"


@pytest.fixture
def ravi(db, program):
    return program(make_employee("agent"))


def test_a_view_is_made_read_changed_and_removed(api):
    made = api.post("/views", {"list": "/customers", "name": " New  leads", "query": STATE + "&after=abc"})
    assert made.status_code == 201
    path = f"/views/{made.json['id']}"
    assert api.get(path).json["name"] == "New leads"
    assert made.json["address"].startswith("/customers?stage=lead&columns=name%2Ccountry&group=country&view=")
    changed = api("PATCH", path, json={"is_shared": True}, headers=api.tag(path))
    assert (changed.json["is_shared"], changed.json["name"], changed.json["query"]) == (
        True,
        "New leads",
        made.json["query"],
    )
    listed = api.get("/views", query_string={"list": "/customers"}).json["data"]
    assert [one["id"] for one in listed] == [made.json["id"]]
    assert api.get("/views", query_string={"list": "/products"}).json["data"] == []
    assert api("DELETE", path).status_code == 200
    assert api.get(path).status_code == 404


def test_private_views_are_nobody_elses(api, ravi):
    mine = f"/views/{api.post('/views', {'list': '/staff', 'name': 'Mine'}).json['id']}"
    ours = api.post("/views", {"list": "/customers", "name": "Ours", "is_shared": True}).json["id"]
    assert [one["name"] for one in ravi.get("/views").json["data"]] == ["Ours"]
    assert ravi.get(mine).status_code == 404
    assert ravi("PATCH", f"/views/{ours}", json={"name": "Taken"}, headers={"If-Match": "*"}).status_code == 403
    assert ravi("DELETE", f"/views/{ours}").status_code == 403
    assert ravi.post("/views", {"list": "/customers", "name": "Sneaky", "is_shared": True}).status_code == 403


def test_what_cannot_be_kept_is_refused_by_its_field(api):
    for body, field in (
        ({"list": "/nowhere", "name": "New"}, "list"),
        ({"list": "/customers", "name": " "}, "name"),
        ({"list": "/customers", "name": "New", "query": "q=" + "x" * 4000}, "query"),
    ):
        refused = api.post("/views", body)
        assert (refused.status_code, list(refused.json["errors"])) == (422, [field])


def test_changes_of_shared_views_are_told_and_all_are_in_the_trail(api, db):
    made = api.post("/views", {"list": "/customers", "name": "Leads"}).json["id"]
    path = f"/views/{made}"
    events = text("SELECT type FROM events WHERE subject_id = :id ORDER BY event_id")
    assert db.scalars(events, {"id": made}).all() == []
    api("PATCH", path, json={"is_shared": True}, headers=api.tag(path))
    api("DELETE", path)
    db.rollback()
    assert db.scalars(events, {"id": made}).all() == ["view.updated", "view.removed"]
    trail = text("SELECT action FROM audit_log WHERE table_name = 'saved_views' AND row_id = :id ORDER BY audit_id")
    assert db.scalars(trail, {"id": made}).all() == ["insert", "update", "delete"]
