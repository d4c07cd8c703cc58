"""One thing done to many rows, by programs."""

from urllib.parse import quote

import pytest

from tests.factories import make_customer, make_employee


@pytest.fixture
def three(db):
    return [make_customer(country="Norway", first_name=name) for name in ("Ada", "Ben", "Cleo")]


def edit(rows, **more):
    return {
        "list": "/customers",
        "ids": [str(one.person_id) for one in rows],
        "action": "edit",
        "args": {"country": "Peru"},
        **more,
    }


def test_what_can_be_done_is_listed_with_what_it_takes(api):
    found = {one["action"]: one for one in api.get("/bulk-actions?list=/customers").json["data"]}
    assert {"country", "owner_id", "stage"} <= set(found["edit"]["args"])
    assert (found["tag"]["args"], found["erase"]["is_final"], found["edit"]["is_final"]) == (["tag"], True, False)
    assert "export" not in found
    assert {one["list"] for one in api.get("/bulk-actions").json["data"]} >= {"/customers", "/products"}


def test_rows_are_changed_told_about_and_undone_as_a_whole(api, three, db):
    made = api.post("/bulk-runs", edit(three[:2], expected=2))
    assert (made.status_code, made.json["state"], made.json["counts"]["changed"]) == (201, "done", 2)
    path = made.headers["Location"]
    assert api.get(path).json["label"] == "Edited 2 customers: country"
    rows = api.get(f"{path}/rows?outcome=changed").json["data"]
    assert {one["record_id"] for one in rows} == {str(one.person_id) for one in three[:2]}
    assert api.get(f"{path}/rows?outcome=failed").json["data"] == []
    assert api.get("/bulk-runs").json["data"][0]["id"] == made.json["id"]
    api.post(f"/changes/{made.json['change_set_id']}/undo")
    assert {one["country"] for one in api.get("/customers").json["data"]} == {"Norway"}


def test_all_that_match_is_what_the_list_finds_now(api, three, db):
    make_customer(country="Chile")
    where = quote('{"f":"country","op":"in","v":["Norway"]}')
    body = {
        "list": "/customers",
        "everything": True,
        "query": f"where={where}",
        "action": "tag",
        "args": {"tag": "VIP"},
    }
    made = api.post("/bulk-runs", body).json
    assert (made["total"], made["counts"]["changed"]) == (3, 3)


@pytest.mark.slow
def test_many_rows_are_done_in_the_background_and_can_be_stopped(api, db, work):
    for _ in range(201):
        make_customer()
    body = {"list": "/customers", "everything": True, "action": "edit", "args": {"country": "Peru"}}
    first, second = (api.post("/bulk-runs", body).json for _ in range(2))
    assert (first["state"], first["total"]) == ("running", 201)
    assert api.post(f"/bulk-runs/{second['id']}/cancellation").status_code == 200
    work()
    assert api.get(f"/bulk-runs/{first['id']}").json["counts"]["changed"] == 201
    stopped = api.get(f"/bulk-runs/{second['id']}").json
    assert (stopped["state"], stopped["counts"]["changed"]) == ("cancelled", 0)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"list": "/nowhere"}, "list"),
        ({"action": "explode"}, "action"),
        ({"action": "export"}, "action"),
        ({"args": {"colour": "red"}}, "args.colour"),
        ({"args": {"stage": "nothing"}}, "stage"),
        ({"everything": True}, "ids"),
        ({"expected": 7}, "expected"),
        ({"action": "erase", "args": {"reason": "Asked to"}}, "expected"),
        ({"action": "erase", "expected": 1}, "args.country"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(api, three, wrong, field):
    answer = api.post("/bulk-runs", {**edit(three[:1]), **wrong})
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_no_rows_is_nothing_to_do(api, three):
    assert api.post("/bulk-runs", edit([])).status_code == 422
    assert api.post("/bulk-runs", {**edit([]), "everything": True, "query": "q=Zanzibar"}).status_code == 422


def test_a_key_does_no_more_than_to_one_row(program, admin, three, db):
    reader = program(admin, "bulk.run", "customers.read")
    refused = reader.post("/bulk-runs", edit(three))
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["action"])
    assert reader.get("/bulk-actions").json["data"] == []
    assert program(admin, "customers.read", "customers.edit").post("/bulk-runs", edit(three)).status_code == 403


def test_runs_of_others_are_not_there(api, program, three):
    made = api.post("/bulk-runs", edit(three)).json
    other = program(make_employee("agent"))
    for path in ("", "/rows"):
        assert other.get(f"/bulk-runs/{made['id']}{path}").status_code == 404
    assert other.get("/bulk-runs").json["data"] == []
