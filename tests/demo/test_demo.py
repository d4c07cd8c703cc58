"""The demo company is whole, and its people can sign in."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app.calls.models import Call
from app.companies.models import Company
from app.conversations.models import Channel, PhoneCall
from app.conversations.targets.models import ResponseClock
from app.core import schema_check
from app.deals.models import Deal
from app.deals.quotes.models import Quote
from app.demo import cli, company
from app.engine.files.models import File
from app.engine.notes.models import Note
from app.engine.tags.models import RecordTag
from app.engine.views.models import SavedView
from app.people.consent.queries import may_be_written_to
from app.people.models import Customer, Employee
from app.products.models import Product
from app.reach.models import TouchTask
from app.sales.models import Receipt, Transaction


def test_a_company_adds_up(db):
    made = company.make_company(200, currency="GBP", report=lambda _text: None)
    db.commit()
    assert made.customers == 200
    assert made.transactions > 1000
    assert db.scalar(select(func.sum(Receipt.total_minor))) == db.scalar(select(func.sum(Transaction.amount_minor)))
    assert db.scalar(select(func.max(Receipt.number))) == made.receipts
    first = db.scalars(select(Customer).order_by(Customer.person_id).limit(1)).one()
    assert first.phone.startswith("+447")
    assert 50 < len(db.scalars(may_be_written_to("email", "marketing")).all()) < 150
    assert list(schema_check.problems()) == []


@pytest.mark.slow
def test_the_demo_writes_sign_ins_that_work(app, db, browser, tmp_path, monkeypatch):
    file = tmp_path / "demo.json"
    monkeypatch.setitem(app.extensions, "rapport", replace(app.extensions["rapport"], demo_file=file))
    monkeypatch.setattr(cli, "DEMO_CUSTOMERS", 100)
    answer = app.test_cli_runner().invoke(args=["seed", "demo"])
    assert answer.exit_code == 0, answer.output
    written = json.loads(file.read_text())
    assert set(written["people"]) == {"admin", "manager", "agent", "customer"}
    assert written["api_key"].startswith("rk_")
    views = db.scalars(select(SavedView)).all()
    manager = browser(db.get(Employee, views[0].owner_id))
    for view in views:
        assert manager.get(view.address).status_code == 200, view.address
    for person in written["people"].values():
        visitor = browser()
        assert visitor.post("/sign-in", {"email": person["email"], "password": person["password"]}).status_code == 303
        assert visitor.get("/notices").status_code == 200
    assert db.scalar(select(func.count()).select_from(Channel).where(Channel.state == "waiting")) >= 2
    for model in (Note, File, RecordTag):
        assert set(db.scalars(select(model.record_kind).distinct())) >= {"customer", "company", "product", "deal"}
    assert db.scalar(select(func.count()).where(RecordTag.record_kind == "conversation")) > 5
    assert set(db.scalars(select(ResponseClock.kind).distinct())) == {"first", "next", "resolution"}
    for model in (Customer, Company, Product, Deal):
        assert db.scalar(select(func.count()).where(model.custom != {})) > 5
    assert db.scalar(select(func.count()).select_from(PhoneCall)) > 5
    assert set(db.scalars(select(Call.is_incoming))) == {True, False}
    assert db.scalar(select(func.count()).where(TouchTask.channels == ["popup"], TouchTask.state == "running")) == 1
    assert db.scalar(select(func.count()).select_from(Quote)) > 1
