"""Pairs and merges, by programs."""

import pytest

from app.companies.models import Company
from app.engine.tags.models import Tag
from app.people.duplicates.models import DuplicatePair
from tests.factories import make_company, make_customer, make_employee


@pytest.fixture
def pair(db) -> str:
    """Two who are alike; the address of their being different."""
    first, second = sorted((make_customer().person_id, make_customer().person_id))
    db.add(DuplicatePair(first_id=first, second_id=second, score=90, reasons=["name"]))
    db.commit()
    return f"/duplicates/{second}/{first}/difference"


def test_two_are_told_apart_and_asked_about_again(api, pair):
    assert len(api.get("/duplicates").json["data"]) == 1
    assert api.post(pair).json["state"] == "different"
    assert api.get("/duplicates").json["data"] == []
    assert api("DELETE", pair).json["state"] == "open"
    assert len(api.get("/duplicates").json["data"]) == 1


def test_who_was_never_alike_is_no_pair(api):
    one, other = make_customer().person_id, make_customer().person_id
    assert api.post(f"/duplicates/{one}/{other}/difference").status_code == 404
    assert api.post(f"/duplicates/{one}/{one}/difference").status_code == 404


def test_everybody_is_compared_again(api, work, db):
    make_customer(first_name="Ada", last_name="Lovelace", phone="+44 20 7946 0000")
    make_customer(first_name="Ada", last_name="Lovelace", phone="+44 20 7946 0000")
    assert api.post("/duplicates/search").json == {"is_asked_for": True}
    work()
    assert len(api.get("/duplicates").json["data"]) == 1


def test_telling_apart_takes_its_right(program, admin, pair):
    editor = program(make_employee("admin"), "customers.read", "customers.edit")
    assert editor.post(pair).status_code == 403
    assert editor.post("/duplicates/search").status_code == 403


def test_a_merge_by_a_program_stands_among_the_changes_with_its_undo(api, db):
    kept, gone = make_customer(first_name="Ada").person_id, make_customer().person_id
    api.post("/merges", {"keep": str(kept), "merge": [str(gone)]})
    listed = api.get("/changes").json["data"][0]
    assert (listed["kind"], listed["undo_path"].startswith("/api/v1/merges/")) == ("merge", True)
    assert api.post(listed["undo_path"]).json["undone_at"]
    assert api.get(f"/customers/{gone}").json["id"] == str(gone)
    assert api.get("/changes").json["data"][0]["undo_path"] is None


def test_a_merge_of_companies_or_tags_by_a_program_is_undone(api, db):
    kept, gone = make_company(name="Acme"), make_company(name="Acme Ltd")
    api.post(f"/companies/{kept.company_id}/merger", {"other_id": str(gone.company_id)})
    tags = [Tag(name="VIP"), Tag(name="Regular")]
    db.add_all(tags)
    db.commit()
    api.post(f"/tags/{tags[0].tag_id}/merger", {"into_id": str(tags[1].tag_id)})
    api("DELETE", f"/tags/{tags[1].tag_id}")
    listed = api.get("/changes").json["data"]
    assert [one["kind"] for one in listed] == ["delete", "merge", "merge"]
    for one in listed:
        assert api.post(one["undo_path"]).status_code == 200
    db.expire_all()
    assert db.query(Tag).count() == 2
    assert db.get(Company, gone.company_id).archived_at is None
