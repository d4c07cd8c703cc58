"""Programs make segments, read who is in them, and who came and went."""

from sqlalchemy import text

from tests.factories import make_customer

NORWAY = {"f": "country", "op": "in", "v": ["Norway"]}


def test_a_segment_is_made_read_changed_and_removed(api, db):
    nansen = make_customer(last_name="Nansen", country="Norway")
    made = api.post("/segments", {"name": "Norwegians", "where": NORWAY})
    path = f"/segments/{made.json['id']}"
    assert (made.status_code, made.json["member_count"], made.json["mode"]) == (201, 1, "dynamic")
    assert [one["id"] for one in api.get(f"{path}/members").json["data"]] == [str(nansen.person_id)]
    db.execute(text("UPDATE customers SET country = 'Spain'"))
    db.commit()
    assert api.post(f"{path}/refreshes").json["member_count"] == 0
    assert [one["kind"] for one in api.get(f"{path}/changes").json["data"]] == ["left", "entered"]
    renamed = api("PATCH", path, json={"name": "Northerners"}, headers=api.tag(path))
    assert (renamed.json["name"], renamed.json["where"]) == ("Northerners", NORWAY)
    assert [one["name"] for one in api.get("/segments").json["data"]] == ["Northerners"]
    assert api("DELETE", path).status_code == 200
    assert api.get(path).status_code == 404


def test_a_segment_that_cannot_be_is_refused(api):
    for wrong in ({"f": "shoe_size", "op": "filled"}, {"all": []}, "everybody", None):
        assert api.post("/segments", {"name": "New", "where": wrong}).status_code == 422, wrong
    used = api.post("/segments", {"name": "Used", "where": NORWAY}).json["id"]
    api.post("/segments", {"name": "User", "where": {"in": "segment", "v": used}})
    assert api("DELETE", f"/segments/{used}").status_code == 409


def test_a_segment_is_made_by_hand_and_copied(api, db):
    nansen, amundsen = (make_customer(country="Norway", last_name=name) for name in ("Nansen", "Amundsen"))
    ids = [str(nansen.person_id), str(amundsen.person_id)]
    made = api.post("/segments", {"name": "Picked", "mode": "static", "customer_ids": ids[:1]})
    path = f"/segments/{made.json['id']}"
    assert (made.status_code, made.json["member_count"]) == (201, 1)
    assert api.post(f"{path}/members", {"customer_ids": ids}).json["member_count"] == 2
    assert api("DELETE", f"{path}/members/{ids[0]}").json["member_count"] == 1
    assert api("DELETE", f"{path}/members/{ids[0]}").status_code == 404
    assert api.post(f"{path}/refreshes").status_code == 409
    follows = api.post("/segments", {"name": "Norwegians", "where": NORWAY}).json
    copied = api.post(f"/segments/{follows['id']}/copies", {"name": "Norwegians of today"})
    assert (copied.status_code, copied.json["member_count"], copied.json["mode"]) == (201, 2, "static")
    assert api.post(f"/segments/{follows['id']}/members", {"customer_ids": ids}).status_code == 409
    assert api.post("/segments", {"name": "Nobody", "mode": "static"}).status_code == 422


def test_changes_are_read_page_by_page(api):
    for number in range(3):
        make_customer(country="Norway", last_name=f"Nansen{number}")
    made = api.post("/segments", {"name": "Norwegians", "where": NORWAY}).json
    first = api.get(f"/segments/{made['id']}/changes?limit=2").json
    rest = api.get(first["next"].split("/api/v1")[1]).json
    assert [len(first["data"]), len(rest["data"]), rest["next"]] == [2, 1, None]
