"""Response targets, set by programs."""

import pytest

TARGETS = {"least_priority": 1, "first_seconds": 900, "resolution_seconds": 28800}


def test_targets_are_set_changed_and_removed(api):
    made = api.post("/response-targets", TARGETS)
    assert (made.status_code, made.json["first_seconds"], made.json["next_seconds"]) == (201, 900, None)
    here = made.headers["Location"]
    assert api.get(here).json == made.json
    assert list(api.post("/response-targets", TARGETS).json["errors"]) == ["least_priority"]
    assert api.post(here, {**TARGETS, "next_seconds": 1200}).json["next_seconds"] == 1200
    assert [one["id"] for one in api.get("/response-targets").json["data"]] == [made.json["id"]]
    assert api("DELETE", here).status_code == 200
    assert api.get(here).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"first_seconds": 1}, "first_seconds"),
        ({"least_priority": 9}, "least_priority"),
        ({"first_seconds": None, "resolution_seconds": None}, "first_seconds"),
    ],
)
def test_what_makes_no_sense_is_refused(api, wrong, field):
    answer = api.post("/response-targets", TARGETS | wrong)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
