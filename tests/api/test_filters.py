"""A program asks with the same trees as the builder."""

import json

from tests.factories import make_customer

NORWEGIANS = {"f": "country", "op": "in", "v": ["Norway"]}


def test_lists_are_narrowed_by_a_tree(api):
    make_customer(last_name="Nansen", country="Norway")
    make_customer(last_name="Svensson", country="Sweden")
    found = api.get("/customers", query_string={"where": json.dumps(NORWEGIANS)})
    assert [customer["last_name"] for customer in found.json["data"]] == ["Nansen"]
    for address in ("/products", "/transactions"):
        refused = api.get(address, query_string={"where": json.dumps(NORWEGIANS)})
        assert (refused.status_code, list(refused.json["errors"])) == (422, ["where"])


def test_a_tree_is_checked_counted_and_explained(api):
    nansen = make_customer(first_name="Fridtjof", last_name="Nansen", country="Norway")
    make_customer(country="Sweden")
    asked = {"entity": "customer", "where": {"all": [NORWEGIANS, {"not": {"f": "stage", "op": "in", "v": ["lead"]}}]}}
    read = api.post("/filters/validation", asked).json
    assert read["words"] == "Country is Norway and not (Stage is Lead)"
    assert api.post("/filters/validation", {**asked, "where": read["where"]}).json["sha256"] == read["sha256"]
    counted = api.post("/filters/count", asked).json
    assert (counted["count"], counted["samples"]) == (1, [{"id": str(nansen.person_id), "name": "Fridtjof Nansen"}])
    reason = api.post("/filters/explanation", {**asked, "id": str(nansen.person_id)}).json
    assert reason["holds"]
    assert [(one["holds"], one["seen"]) for one in reason["below"]] == [(True, "Norway"), (True, "")]


def test_what_can_be_asked_is_listed_for_who_may_ask(api, program, admin):
    entities = {one["key"]: one for one in api.get("/filters/entities").json["data"]}
    assert {"customer", "product", "receipt"} <= entities.keys()
    assert "purchases" in {one["key"] for one in entities["customer"]["lists"]}
    assert "segment" in {one["key"] for one in entities["customer"]["groups"]}
    narrow = program(admin, "filters.use", "products.read").get("/filters/entities").json["data"]
    assert [one["key"] for one in narrow] == ["product"]


def test_a_key_asks_only_about_what_it_may_read(db, program, admin):
    counting = {"entity": "customer", "where": {"agg": "count", "of": "purchases", "op": "ge", "v": 1}}
    narrow = program(admin, "filters.use", "customers.read")
    assert narrow.post("/filters/count", counting).status_code == 403
    assert narrow.post("/filters/count", {**counting, "entity": "receipt"}).status_code == 404
