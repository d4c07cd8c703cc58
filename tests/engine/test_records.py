"""Records of any kind, and what packages add to their pages."""

from datetime import datetime

import pytest
from sqlalchemy import select

from app.accounts import sign_ins
from app.core.errors import NotFound
from app.engine.records import kinds, pages
from app.people.models import StageChange
from tests.factories import make_customer, make_employee, make_product
from tests.statements import counted


def test_records_are_found_by_kind_and_id(db):
    ada, lamp = make_customer(last_name="Lovelace"), make_product(name="Lamp")
    manager = sign_ins.actor_for(make_employee("manager").person_id)
    asked = [
        ("customer", ada.person_id),
        ("product", lamp.product_id),
        ("customer", lamp.product_id),
        ("ghost", ada.person_id),
    ]
    found = kinds.find_records(manager, asked)
    assert [(one.kind, one.name, one.href) for one in found.values()] == [
        ("customer", "Carla Lovelace", f"/customers/{ada.person_id}"),
        ("product", "Lamp", f"/products/{lamp.product_id}"),
    ]


def test_what_an_actor_may_not_see_is_not_there(db):
    ada = make_customer()
    other = sign_ins.actor_for(make_customer().person_id)
    with pytest.raises(NotFound):
        kinds.get_record(other, "customer", ada.person_id)


def _stages(_actor, _kind, customer_id):
    changes = select(StageChange.person_id, StageChange.at, StageChange.after)
    return changes.where(StageChange.person_id == customer_id)


def test_panels_that_say_their_rows_are_one_statement(app, db, monkeypatch):
    monkeypatch.setattr(pages, "_panels", {})
    for key in ("a", "b"):
        pages.add_panel("customer", pages.Panel(key, key, "customers.read", "", rows=_stages))
    ada_id = make_customer().person_id
    manager = sign_ins.actor_for(make_employee("manager").person_id)
    with counted() as statements:
        shown = pages.panels_for(manager, "customer", ada_id, None)
    assert len(statements) == 1
    first, second = shown["side"]
    assert first.data == second.data
    assert first.data[0]["person_id"] == ada_id
    assert isinstance(first.data[0]["at"], datetime)
