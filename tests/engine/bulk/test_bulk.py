"""One thing done to many rows of a list: counted first, in batches, told row by row, undone as a whole."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.accounts.sign_ins import actor_for
from app.core import jobs
from app.engine.bulk import actions as bulk
from app.engine.bulk.models import BulkRow, BulkRun
from app.engine.changes.models import ChangeSet
from app.engine.tags.models import RecordTag
from app.people.models import Customer
from tests.factories import make_customer, make_employee, make_product


@pytest.fixture
def alice(app):
    return make_employee("manager", first_name="Alice", last_name="Arden")


def send(page, **values):
    return page.post("/bulk", data={"list": "/customers", "query": "", "do": "edit", **values})


def countries(db):
    db.expire_all()
    return [customer.country for customer in db.scalars(select(Customer).order_by(Customer.last_name))]


def test_ticked_rows_are_changed_at_once_and_undone_by_the_toast(db, alice, browser):
    ada, ben = make_customer(last_name="A", country="GB"), make_customer(last_name="B", country="DE")
    make_customer(last_name="C", country="GB")
    page = browser(alice)
    form = page.get(f"/bulk/new?list=/customers&query=stage%3Dcustomer&do=edit&id={ada.person_id}&id={ben.person_id}")
    assert "Edit: 2 customers" in form.text
    answer = send(
        page, id=[ada.person_id, ben.person_id], query="stage=customer", set_country="1", country="DE", expected="2"
    )
    assert countries(db) == ["DE", "DE", "GB"]
    report = page.get(answer.location)
    assert "As they were" in report.text
    change_set = db.scalars(select(ChangeSet)).one()
    page.post(f"/changes/{change_set.change_set_id}/undo")
    assert countries(db) == ["GB", "DE", "GB"]


def test_a_whole_success_leads_back_to_the_list_with_undo(db, alice, browser):
    ada = make_customer(country="GB")
    page = browser(alice)
    answer = send(page, id=ada.person_id, query="q=carla", set_country="1", country="DE", expected="1")
    assert answer.location == "/customers?q=carla"
    shown = page.get(answer.location)
    undo = re.search(r'action="(/changes/[^"]+/undo)"', shown.text)
    assert "Edited 1 customer: country" in shown.text
    assert page.post(undo[1]).status_code == 303
    assert countries(db) == ["GB"]


def test_all_that_match_are_resolved_again_by_a_job(db, alice, browser, work, monkeypatch):
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    for letter in "ABC":
        make_customer(last_name=letter, country="GB")
    make_customer(last_name="D", country="FR")
    page = browser(alice)
    form = page.get("/bulk/new?list=/customers&query=country%3DGB&do=edit&everything=3")
    assert "Edit: 3 customers" in form.text
    make_customer(last_name="E", country="GB")
    answer = send(page, query="country=GB", everything="3", expected="3", set_country="1", country="DE")
    assert countries(db) == ["GB", "GB", "GB", "FR", "GB"]
    work()
    assert countries(db) == ["DE", "DE", "DE", "FR", "DE"]
    report = page.get(answer.location).text
    assert "There were 3 customers when you chose them, and 4 customers when it began." in report
    page.post(re.search(r'action="(/changes/[^"]+/undo)"', report)[1])
    assert countries(db) == ["GB", "GB", "GB", "FR", "GB"]


def test_nothing_ticked_nothing_asked_and_nonsense_are_refused(db, alice, browser):
    page, ada = browser(alice), make_customer()
    assert page.get("/bulk/new?list=/customers&query=&do=edit").location == "/customers?view="
    assert page.get("/bulk/new?list=/nowhere&do=edit&id=1").status_code == 404
    assert page.get("/bulk/new?list=/customers&do=sing&everything=1").status_code == 404
    assert "Tick at least one field" in send(page, id=ada.person_id, expected="1").text
    refused = send(page, id=ada.person_id, expected="1", set_stage="1", stage="king")
    assert refused.status_code == 422
    assert "Choose a stage." in refused.text
    assert db.scalars(select(BulkRun)).all() == []


def test_who_was_erased_meanwhile_is_told_apart(db, alice, browser):
    ada, ben = make_customer(last_name="A"), make_customer(last_name="B")
    page = browser(alice)
    page.post(f"/customers/{ben.person_id}/erasure", data={"typed": ben.name, "reason": "asked"})
    answer = send(page, id=[ada.person_id, ben.person_id], expected="2", set_country="1", country="DE")
    assert db.scalars(select(BulkRow.outcome).order_by(BulkRow.outcome)).all() == ["changed", "refused"]
    assert "not yours to change" in page.get(answer.location).text


def test_tagging_and_taking_off_again(db, alice, browser):
    ada, ben = make_customer(), make_customer()
    page = browser(alice)
    send(page, do="tag", id=[ada.person_id, ben.person_id], expected="2", tag="Guild")
    assert len(db.scalars(select(RecordTag)).all()) == 2
    send(page, do="untag", id=ada.person_id, expected="1", tag="Guild")
    assert db.scalars(select(RecordTag.record_id)).all() == [ben.person_id]
    latest = db.scalars(select(ChangeSet).order_by(ChangeSet.at.desc())).first()
    page.post(f"/changes/{latest.change_set_id}/undo")
    assert len(db.scalars(select(RecordTag)).all()) == 2


def test_erasing_wants_the_number_typed_and_cannot_be_undone(db, alice, browser, work):
    ada, ben = make_customer(), make_customer()
    page = browser(alice)
    asked = {"do": "erase", "id": [ada.person_id, ben.person_id], "expected": "2", "reason": "asked"}
    refused = send(page, **asked, typed="3")
    assert refused.status_code == 422
    assert "Type 2 to confirm" in refused.text
    send(page, **asked, typed="2")
    work()
    db.expire_all()
    assert ada.is_erased
    assert ben.is_erased
    assert db.scalars(select(ChangeSet)).all() == []


def test_products_are_archived_together(db, alice, browser):
    candle = make_product()
    page = browser(alice)
    send(page, list="/products", id=candle.product_id, expected="1", set_state="1", state="archived")
    db.refresh(candle)
    assert candle.is_archived


def test_a_stopped_run_says_so_and_what_it_did_can_be_undone(db, alice, browser, monkeypatch, app):
    monkeypatch.setattr(bulk, "AT_ONCE", 0)
    ada = make_customer(country="GB")
    page = browser(alice)
    answer = send(page, id=ada.person_id, expected="1", set_country="1", country="DE")
    page.post(f"{answer.location}/cancellation")
    run = db.scalars(select(BulkRun)).one()
    jobs.run(str(run.job_id))
    assert "Stopped" in page.get(answer.location).text
    assert countries(db) == ["GB"]


def test_an_agent_may_not_erase_and_a_customer_nothing(db, browser, alice):
    ada = make_customer()
    agent = browser(make_employee("agent"))
    assert send(agent, do="erase", id=ada.person_id, expected="1", typed="1", reason="x").status_code == 404
    assert send(browser(ada), id=ada.person_id, expected="1").status_code == 403
    assert actor_for(alice.person_id).can("customers.erase")


def test_a_month_later_a_run_is_forgotten(db, alice, browser):
    ada = make_customer(country="GB")
    for country in ("DE", "FR"):
        send(browser(alice), id=ada.person_id, expected="1", set_country="1", country=country)
    first = db.scalars(select(BulkRun).order_by(BulkRun.created_at)).first()
    first.created_at -= timedelta(days=31)
    db.commit()
    assert bulk.forget_old() == 1
    db.commit()
    assert [run.args for run in db.scalars(select(BulkRun))] == [{"country": "FR"}]
    assert len(db.scalars(select(BulkRow)).all()) == 1


def test_a_large_run_is_forgotten_in_steps(db, alice, browser, monkeypatch):
    monkeypatch.setattr(bulk, "ROWS_AT_ONCE", 2)
    ids = [make_customer(country="GB").person_id for _ in range(3)]
    send(browser(alice), id=ids, expected="3", set_country="1", country="DE")
    db.scalars(select(BulkRun)).one().created_at -= timedelta(days=31)
    db.commit()
    assert (bulk.forget_old(), len(db.scalars(select(BulkRow)).all())) == (0, 1)
    assert (bulk.forget_old(), len(db.scalars(select(BulkRow)).all())) == (1, 0)
    assert db.scalars(select(BulkRun)).all() == []
