"""Devices and ways of one's own, by programs."""

from app.engine.push import vapid
from tests.factories import make_customer


def test_a_device_is_added_listed_and_taken_away(api, push_service):
    (key,) = api.get("/push-keys").json["data"]
    made = push_service.ask("subscribe", key=key["public_key"])
    assert key["public_key"] == vapid.get_key().public
    added = api.post("/devices", json={**made, "device": "Till 3"})
    assert added.status_code == 201
    assert added.json["device"] == "Till 3"
    assert made["endpoint"] not in added.text
    assert api.get("/devices").json["data"] == [added.json]
    here = f"/devices/{added.json['id']}"
    assert api.get(here).json == added.json
    assert api("DELETE", here).status_code == 200
    assert api.get(here).status_code == 404
    assert api.post("/devices", json={**made, "device": "x", "auth": "none"}).status_code == 422


def test_ways_are_chosen_kind_by_kind(api, program):
    before = {one["topic"]: one["ways"] for one in api.get("/notice-topics").json["data"]}
    assert before["calls"] == ["bell", "push"]
    assert api.post("/notice-topics/calls", json={"ways": ["mail"]}).json["ways"] == ["mail"]
    assert api.get("/notice-topics/calls").json["ways"] == ["mail"]
    assert api.post("/notice-topics/calls", json={"ways": ["pigeon"]}).status_code == 422
    assert api.get("/notice-topics/nothing").status_code == 404
    assert program(make_customer(), "notices.read").get("/notice-topics").status_code == 403
