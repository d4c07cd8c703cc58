"""Programs start runs, see how they stand, and read what was found."""

import json

from tests.segments.test_suggestions import small_shop


def test_a_program_starts_a_run_and_reads_what_it_found(api, program, admin, db, work):
    small_shop()
    made = api.post("/suggestion-runs")
    assert (made.status_code, made.json["state"]) == (201, "running")
    assert api.post("/suggestion-runs", {"as_of": "2020-01-31"}).json["id"] == made.json["id"]
    assert api.get("/segment-suggestions").json["data"] == []
    work()
    done = api.get(made.headers["Location"]).json
    assert (done["state"], done["customers"], done["silhouette"] > 0.3) == ("done", 60, True)
    found = api.get("/segment-suggestions").json["data"]
    assert sum(one["customers"] for one in found) == 60
    for one in found:
        assert len(one["reasons"]) == 3
        query = {"where": json.dumps(one["where"]), "limit": 200}
        assert len(api.get("/customers", query_string=query).json["data"]) == one["rule_customers"]
    assert [one["id"] for one in api.get("/suggestion-runs").json["data"]] == [done["id"]]
    shown = program(admin, "segments.read").get("/segment-suggestions").json["data"]
    assert {(one["money_share"], len(one["reasons"])) for one in shown} == {(None, 0)}
