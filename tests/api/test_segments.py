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
