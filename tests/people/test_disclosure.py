"""A customer's copy of everything that is kept about them."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.engine.events.models import Event
from app.people import actions
from app.people.disclosure import actions as disclosures
from app.people.disclosure import parts
from app.people.disclosure.models import Disclosure
from tests.factories import make_channel, make_customer, make_employee
from tests.segments.shop import buy

KNOWS_PEOPLE = text(
    """
    SELECT DISTINCT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND (
        EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
                AND k.confrelid = 'person_registry'::regclass)
        OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
                   AND a.attname IN ('person_id', 'customer_id', 'subject_id', 'record_id')))
    """
)


def _read(answer):
    assert answer.status_code == 200
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    return json.loads(archive.read("data.json")), archive.read("index.html").decode()


def test_every_table_that_knows_people_has_its_part_or_a_reason(app, db):
    known = {table for part in parts.PARTS.values() for table in part.tables} | set(parts.LEFT_OUT)
    unspoken = set(db.scalars(KNOWS_PEOPLE)) - known
    assert not unspoken, " ".join(unspoken)


def test_a_copy_holds_all_of_one_and_nothing_of_others(browser, work, db):
    ada = make_customer(first_name="Ada", last_name="Lovelace", phone="+442079461234", address="12 Square")
    other = make_customer(last_name="Babbage")
    buy(ada, 3)
    make_channel(ada, topic="My lamp")
    make_channel(other, topic="Another matter")
    manager = browser(make_employee("manager"))
    here = f"/customers/{ada.person_id}/personal-data"
    manager.post(here)
    work()
    copy = db.scalars(select(Disclosure)).one()
    data, page = _read(manager.get(f"{here}/{copy.disclosure_id}"))
    assert data["about"][0]["phone"] == "+44 20 7946 1234"
    assert len(data["receipts"]) == 1
    assert [one["topic"] for one in data["conversations"]] == ["My lamp"]
    assert "12 Square" in page
    assert "Babbage" not in page
    assert "Another matter" not in page
    assert [one.actor_id for one in db.scalars(select(Event).where(Event.type == "customer.disclosed"))]
    assert "is ready" in manager.get("/notices").get_data(as_text=True)


def test_customers_have_their_own_made_and_nobody_else_fetches_it(browser, work, db):
    ada, other = make_customer(), make_customer()
    browser(ada).post("/portal/personal-data")
    work()
    copy = db.scalars(select(Disclosure)).one()
    data, _page = _read(browser(ada).get(f"/portal/personal-data/{copy.disclosure_id}"))
    assert data["about"][0]["email"] == ada.email
    assert browser(other).get(f"/portal/personal-data/{copy.disclosure_id}").status_code == 404
    agent = browser(make_employee("agent"))
    assert agent.get(f"/customers/{ada.person_id}/personal-data").status_code == 403


def test_a_copy_is_let_go_after_a_week(browser, work, db):
    ada = make_customer()
    asked = disclosures.ask(ada, actor=SYSTEM)
    db.commit()
    work()
    asked.kept_until -= timedelta(days=8)
    db.commit()
    disclosures.let_go()
    db.expire_all()
    assert asked.content is None
    page = browser(make_employee("manager")).get(f"/customers/{ada.person_id}/personal-data").get_data(as_text=True)
    assert "Not kept any more" in page


@pytest.mark.parametrize("is_made", [True, False])
def test_erasing_takes_copies_along(work, db, is_made):
    ada = make_customer()
    disclosures.ask(ada, actor=SYSTEM)
    db.commit()
    if is_made:
        work()
    actions.erase_customer(ada, actor=SYSTEM, reason="asked")
    db.commit()
    work()
    assert db.scalars(select(Disclosure)).all() == []
