"""Lists as files, by programs."""

import csv
import io

import pytest

from tests.factories import make_customer, make_employee


@pytest.fixture
def two(db):
    return [make_customer(first_name=name, country="Norway") for name in ("=1+1", "Ben")]


def rows_of(answer):
    return list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))


def test_a_list_is_asked_for_and_fetched(api, two):
    body = {"list": "/customers", "query": "columns=country&sort=name", "everything": True, "format": "csv"}
    made = api.post("/exports", body)
    assert (made.status_code, made.json["state"], made.json["row_count"]) == (201, "done", 2)
    answer = api.get(made.headers["Location"] + "/file")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert made.json["file_name"] in answer.headers["Content-Disposition"]
    head, *rows = rows_of(answer)
    assert head == ["Customer", "Country"]
    assert sorted(row[0][:2] for row in rows) == ["'=", "Be"]
    assert [one["id"] for one in api.get("/exports").json["data"]] == [made.json["id"]]


def test_rows_are_named_and_all_columns_asked_for(api, two):
    body = {"list": "/customers", "ids": [str(two[1].person_id)], "format": "xlsx", "all_columns": True}
    made = api.post("/exports", body).json
    assert (made["row_count"], "email" in made["columns"]) == (1, True)
    assert api.get(f"/exports/{made['id']}/file").data.startswith(b"PK")


def test_many_rows_are_written_in_the_background(api, two, monkeypatch, work):
    monkeypatch.setattr("app.engine.exports.actions.AT_ONCE", 1)
    made = api.post("/exports", {"list": "/customers", "everything": True, "format": "csv"}).json
    assert made["state"] == "queued"
    assert api.get(f"/exports/{made['id']}/file").status_code == 404
    work()
    assert api.get(f"/exports/{made['id']}").json["state"] == "done"


def test_it_takes_the_right_to_export_that_list(program, admin, two):
    body = {"list": "/customers", "everything": True, "format": "csv"}
    assert program(admin, "customers.read", "products.export").post("/exports", body).status_code == 403
    assert program(admin, "customers.export").post("/exports", body).json["errors"].keys() == {"list"}


def test_what_the_key_may_not_read_is_masked_and_what_it_may_not_ask_for_not_fetched(api, program, admin, two):
    body = {"list": "/customers", "query": "columns=email", "everything": True, "format": "csv"}
    weak = program(admin, "customers.read", "customers.export")
    whole, masked = api.post("/exports", body).json, weak.post("/exports", body).json
    assert two[0].email in api.get(f"/exports/{whole['id']}/file").get_data(as_text=True)
    assert two[0].email not in weak.get(f"/exports/{masked['id']}/file").get_data(as_text=True)
    for path in ("", "/file"):
        assert weak.get(f"/exports/{whole['id']}{path}").status_code == 404
    assert [one["id"] for one in weak.get("/exports").json["data"]] == [masked["id"]]
    other = program(make_employee("admin"))
    assert other.get(f"/exports/{whole['id']}/file").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"), [({"format": "pdf"}, "format"), ({"list": "/notices"}, "list"), ({"query": "state=no"}, None)]
)
def test_what_makes_no_sense_is_refused(api, two, wrong, field):
    answer = api.post("/exports", {"list": "/products", "everything": True, "format": "csv", **wrong})
    assert answer.status_code == 422
    assert field is None or field in answer.json["errors"]
