"""Programs read the grid and the named groups, and set breaks."""

import json
from datetime import timedelta

from app.core.clock import now
from tests.segments.shop import buyer

POUNDS = {"amount_minor": 5_000, "currency": "GBP"}
BREAKS = {"window_days": 100, "recency_days": [7, 14, 30, 60], "purchases": [3], "money": [POUNDS]}


def test_each_number_comes_with_the_filter_that_finds_it(api, db):
    buyer(3, 4, 5, minor=2_000)
    buyer(3)
    assert api.post("/rfm-breaks", BREAKS).status_code == 201
    cells = api.get("/rfm-cells").json["data"]
    assert [(one["recency_class"], one["frequency_class"], one["customers"]) for one in cells] == [(0, 0, 1), (0, 1, 1)]
    groups = {one["key"]: one for one in api.get("/rfm-segments").json["data"]}
    assert len(groups) == 8
    assert groups["champions"]["money"]["amount_minor"] == 6_000
    assert groups["champions"]["money_share"] == 6 / 7
    found = api.get("/customers", query_string={"where": json.dumps(groups["new"]["where"])}).json["data"]
    assert len(found) == groups["new"]["customers"] == 1
    before = (now() - timedelta(days=50)).date().isoformat()
    assert api.get("/rfm-cells", query_string={"as_of": before}).json["data"] == []


def test_breaks_are_kept_as_they_were(api):
    first = api.post("/rfm-breaks", BREAKS)
    second = api.post("/rfm-breaks", {**BREAKS, "purchases": [2, 9]}).json
    assert [one["id"] for one in api.get("/rfm-breaks").json["data"]] == [second["id"], first.json["id"]]
    assert api.get(first.headers["Location"]).json["purchases"] == [3]
    for wrong in (
        {"purchases": [9, 2]},
        {"window_days": 60},
        {"recency_days": [1, 2, 3]},
        {"money": [{**POUNDS, "currency": "USD"}]},
    ):
        assert api.post("/rfm-breaks", {**BREAKS, **wrong}).status_code == 422, wrong


def test_money_is_for_those_who_may_see_sales(program, admin):
    buyer(3)
    shown = program(admin, "segments.read").get("/rfm-segments").json["data"]
    assert {one["money"] for one in shown} == {one["money_share"] for one in shown} == {None}
    assert sum(one["customers"] for one in shown) == 1
