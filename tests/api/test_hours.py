"""Opening hours, set by programs."""

import pytest

from app.engine.hours import queries

MONDAY = {"weekday": 0, "opens": "09:00", "closes": "12:30"}


def test_the_week_is_set_and_read(api):
    assert api.get("/opening-hours").json["is_always_open"]
    evening = {"weekday": 0, "opens": "14:00", "closes": "24:00"}
    made = api.post("/opening-hours", {"spans": [evening, MONDAY]})
    assert made.json["spans"] == [MONDAY, evening]
    assert (made.json["is_always_open"], made.json["time_zone"]) == (False, "Europe/London")
    assert queries.shop_hours().week[0] == ((540, 750), (840, 1440))
    assert api.post("/opening-hours", {"spans": []}).json["is_always_open"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"closes": "08:00"}, "spans"),
        ({"closes": "25:00"}, "spans.0.closes"),
        ({"weekday": 7}, "spans.0.weekday"),
    ],
)
def test_what_makes_no_sense_is_refused(api, wrong, field):
    answer = api.post("/opening-hours", {"spans": [MONDAY | wrong]})
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])


def test_holidays_come_and_go(api):
    made = api.post("/holidays", {"day": "2026-12-24", "name": "Christmas Eve", "opens": "09:00", "closes": "12:00"})
    assert (made.status_code, made.json["closes"]) == (201, "12:00")
    assert api.get(made.headers["Location"]).json == made.json
    assert list(api.post("/holidays", {"day": "2026-12-24", "name": "Again"}).json["errors"]) == ["day"]
    assert list(api.post("/holidays", {"day": "2026-12-25", "name": "Half", "opens": "09:00"}).json["errors"]) == [
        "closes"
    ]
    assert [one["name"] for one in api.get("/holidays").json["data"]] == ["Christmas Eve"]
    assert api("DELETE", made.headers["Location"]).json["name"] == "Christmas Eve"
    assert api.get(made.headers["Location"]).status_code == 404
    assert api.get("/holidays/tomorrow").status_code == 404
