"""Duplicates in the browser."""

import pytest
from sqlalchemy import select, text

from app.people.duplicates import finding
from app.people.duplicates.models import DuplicatePair, Merge
from app.people.models import Customer
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_key


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


@pytest.fixture
def alike(db) -> tuple[Customer, Customer]:
    """Two customers with one phone."""
    first = make_customer(first_name="Ada", last_name="Lovelace", phone="+442079460001")
    second = make_customer(first_name="A.", last_name="Lovelace", phone="+442079460001", country="France")
    finding.find_all()
    db.commit()
    return first, second


def ids_of(people) -> list[str]:
    return [str(one.person_id) for one in people]


def test_pairs_are_listed_with_their_reasons(manager, alike):
    page = text_of(manager.get("/customers/duplicates"))
    assert "Ada Lovelace" in page
    assert "Same phone, nearly the same name" in page
    assert manager.get("/customers/duplicates", fragment=True).status_code == 200
    assert "May be the same person A. Lovelace" in text_of(manager.get(f"/customers/{alike[0].person_id}"))


def test_who_is_not_the_same_is_told_apart_and_that_is_undone(manager, db, alike):
    first, second = sorted(ids_of(alike))
    manager.post("/customers/duplicates/different", {"first": first, "second": second})
    assert "Nobody is here twice" in text_of(manager.get("/customers/duplicates"))
    manager.post(f"/customers/duplicates/different/delete?first={first}&second={second}")
    assert db.scalar(select(DuplicatePair.state)) == "open"
    assert manager.post("/customers/duplicates/different", {"first": first, "second": "x"}).status_code == 422


def test_they_are_compared_side_by_side_merged_and_parted(manager, db, alike):
    first, second = ids_of(alike)
    page = manager.get(f"/customers/merging?of={first}&of={second}")
    assert "Merge 2 customers" in text_of(page)
    assert "France" in text_of(page)
    typed = {"of": [first, second], "keep": first, "from_first_name": first, "from_country": second}
    answer = manager.post("/customers/merging", typed)
    assert answer.headers["Location"].endswith(f"/customers/{first}")
    shown = manager.follow(answer)
    assert "Merged into Ada Lovelace." in text_of(shown)
    assert "France" in text_of(shown)
    assert manager.get(f"/customers/{second}").headers["Location"].endswith(f"/customers/{first}")
    assert "Ada Lovelace" in text_of(manager.get("/customers/merges"))
    merge_id = db.scalar(select(Merge.merge_id))
    told = manager.follow(manager.post(f"/customers/merges/{merge_id}/undo"))
    assert "They are apart again" in text_of(told)
    assert manager.get(f"/customers/{second}").status_code == 200
    assert manager.post(f"/customers/merges/{merge_id}/undo").status_code == 409
    assert "Undone" in text_of(manager.get("/customers/merges"))


def test_a_merge_of_somebody_elses_customers_is_neither_seen_nor_undone(app, browser, manager, db, alike):
    first, second = ids_of(alike)
    manager.post("/customers/merging", {"of": [first, second], "keep": first})
    merge_id = db.scalar(select(Merge.merge_id))
    db.execute(text("INSERT INTO changed_grants VALUES ('manager', 'customers.read', 'own')"))
    db.commit()
    narrow = make_employee("manager")
    other, key = browser(narrow), make_key(narrow, "customers.merge", "customers.read")
    assert "Ada Lovelace" not in text_of(other.get("/customers/merges"))
    assert other.post(f"/customers/merges/{merge_id}/undo").status_code == 404
    program, sent = app.test_client(), {"headers": {"Authorization": f"Bearer {key}"}}
    assert program.get("/api/v1/merges", **sent).json["data"] == []
    assert program.get(f"/api/v1/merges/{merge_id}", **sent).status_code == 404
    assert program.post(f"/api/v1/merges/{merge_id}/undo", **sent).status_code == 404
    db.get(Customer, alike[0].person_id).owner_id = narrow.person_id
    db.commit()
    assert other.post(f"/customers/merges/{merge_id}/undo").status_code == 303


def test_another_one_to_keep_is_proposed_for(manager, alike):
    first, second = ids_of(alike)
    page = manager.post("/customers/merging", {"of": [first, second], "keep": second, "then": "look"})
    assert f'value="{second}" checked' in page.get_data(as_text=True)


def test_further_ones_are_offered(manager, db, alike):
    third = make_customer(first_name="Ada", last_name="King", phone="+442079460001")
    finding.find_all()
    db.commit()
    first, second = ids_of(alike)
    assert f"of={third.person_id}" in manager.get(f"/customers/merging?of={first}&of={second}").get_data(as_text=True)


def test_looking_again_is_a_job(manager, db, work):
    make_customer(phone="+442079460001")
    make_customer(phone="+442079460001")
    manager.post("/customers/duplicates/search")
    work()
    assert db.scalar(text("SELECT count(*) FROM duplicate_pairs")) == 1


def test_who_may(browser, manager, alike):
    first, second = ids_of(alike)
    for person in (make_employee("agent"), make_customer()):
        other = browser(person)
        assert other.get("/customers/duplicates").status_code == 403
        assert other.get(f"/customers/merging?of={first}&of={second}").status_code == 403
        assert other.post("/customers/merging", {"of": [first, second], "keep": first}).status_code == 403
    assert manager.get("/customers/merging?of=x&of=y").status_code == 422
    unknown = "00000000-0000-7000-8000-000000000000"
    assert manager.get(f"/customers/merging?of={first}&of={unknown}").status_code == 404
    assert manager.get(f"/customers/{unknown}").status_code == 404
