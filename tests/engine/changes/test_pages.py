"""What was done and its undo, by pages and by programs."""

import re

import pytest
from sqlalchemy import select

from app.engine.changes.models import ChangeSet
from tests.factories import make_customer, make_employee


@pytest.fixture
def alice(app, browser):
    return browser(make_employee("manager", first_name="Alice", last_name="Arden"))


def archive(page, product_or_customer):
    return page.post(f"/customers/{product_or_customer.person_id}/deactivation")


def test_the_toast_undoes_and_redoes_without_script(alice, db):
    carla = make_customer()
    shown = alice.get(archive(alice, carla).location)
    undo = re.search(r'action="(/changes/[^"]+/undo)"', shown.text)
    answer = alice.post(undo[1])
    db.refresh(carla)
    assert carla.is_active
    shown = alice.get(answer.location)
    assert f"Undid: Deactivated {carla.name}." in shown.text
    alice.post(re.search(r'action="(/changes/[^"]+/undo)"', shown.text)[1])
    db.refresh(carla)
    assert not carla.is_active


def test_the_list_and_the_report_name_what_was_kept(alice, browser, db):
    carla = make_customer(first_name="Carla", last_name="Reed")
    archive(alice, carla)
    change_set = db.scalars(select(ChangeSet)).one()
    assert "Deactivated Carla Reed" in alice.get("/changes").text
    assert "Carla Reed" in alice.get(change_set.path).text
    bob = browser(make_employee("agent", first_name="Bob", last_name="Bell"))
    assert bob.get(change_set.path).status_code == 404
    assert bob.post(f"{change_set.path}/undo").status_code == 404
    bob.post(f"/customers/{carla.person_id}/deactivation/delete")
    archive(bob, carla)
    report = alice.get(alice.post(f"{change_set.path}/undo").location).text
    assert "changed since: deactivated at" in report
    assert "Bob Bell" in report
    assert alice.post(f"{change_set.path}/undo").status_code == 409


def test_a_save_that_changed_nothing_offers_no_undo(alice, db):
    carla = make_customer()
    archive(alice, carla)
    shown = alice.get(archive(alice, carla).location)
    assert len(re.findall(r"data-toast-undo", shown.text)) == 1
    assert "Deactivated" in alice.get("/changes?who=mine").text
