"""003-07: profiles are made, read, changed and erased, and segmented, by page and by API."""

import json

from app.people.models import Customer
from tests.api.conftest import Program
from tests.browser_client import text_of
from tests.factories import make_employee, make_key

NORWAY = {"f": "country", "op": "in", "v": ["Norway"]}


def test_by_page(browser, db, work):
    marta = browser(make_employee("manager"))
    made = marta.post(
        "/customers",
        {
            "first_name": "Fridtjof",
            "last_name": "Nansen",
            "email": "f@example.com",
            "country": "Norway",
            "stage": "lead",
        },
    )
    profile = made.headers["Location"]
    segment = marta.post("/segments", {"name": "Norwegians", "where": json.dumps(NORWAY), "mode": "dynamic"})
    group = segment.headers["Location"]
    assert "Fridtjof Nansen" in text_of(marta.get(group))
    assert "Norwegians since" in text_of(marta.get(profile))
    form = {
        "first_name": "Fridtjof",
        "last_name": "Nansen",
        "email": "f@example.com",
        "country": "Spain",
        "stage": "lead",
    }
    marta.post(profile, form)
    work()
    assert "Norwegians 0 customers" in text_of(marta.get(group))
    assert "In no segment now" in text_of(marta.get(profile))
    marta.post(profile, {**form, "country": "Norway"})
    work()
    assert "Norwegians 1 customer" in text_of(marta.get(group))
    marta.post(f"{profile}/erasure", {"reason": "Asked for it", "typed": "Fridtjof Nansen"})
    work()
    assert db.query(Customer).one().is_erased
    assert "Norwegians 0 customers" in text_of(marta.get(group))


def test_by_api(app, db, work):
    api = Program(app, make_key(make_employee("admin")))
    profile = api.post("/customers", {"first_name": "Fridtjof", "last_name": "Nansen", "country": "Norway"}).json["id"]
    segment = api.post("/segments", {"name": "Norwegians", "where": NORWAY}).json
    members = f"/segments/{segment['id']}/members"
    assert [one["id"] for one in api.get(members).json["data"]] == [profile]
    path = f"/customers/{profile}"
    assert api("PATCH", path, json={"country": "Spain"}, headers=api.tag(path)).status_code == 200
    work()
    assert api.get(members).json["data"] == []
    assert [one["kind"] for one in api.get(f"/segments/{segment['id']}/changes").json["data"]] == ["left", "entered"]
    assert api.get(path).json["country"] == "Spain"
