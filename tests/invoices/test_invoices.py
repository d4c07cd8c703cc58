"""Invoices: numbered without gaps, paid in parts, credited, reminded of."""

import threading
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.accounts import sign_ins
from app.core import clock
from app.core.access import SYSTEM
from app.core.clock import now, today
from app.core.db import db as database
from app.engine.schedules.catalogue import Occasion
from app.invoices import actions, queries
from app.invoices.models import Invoice
from app.orders import pricing
from app.orders.actions import ordering
from app.orders.models import Order
from app.taxes import actions as taxes
from app.taxes.calculating import Tax
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product

VAT = Tax("VAT", Decimal("0.2"))


def actor_of(person):
    actor = sign_ins.actor_for(person.person_id)
    assert actor is not None
    return actor


def make_order(db, customer=None, *, price=1000, quantity=1, tax=VAT, pay_by="invoice") -> Order:
    line = pricing.Priced(make_product(price_minor=price), quantity, tax)
    order = ordering.place(customer or make_customer(), [line], pay_by=pay_by, actor=SYSTEM)
    db.commit()
    return order


def make_invoice(db, customer=None, **what) -> Invoice:
    invoice = actions.issue(make_order(db, customer, **what), actor=SYSTEM)
    db.commit()
    return invoice


def due_now() -> Occasion:
    return Occasion(uuid4(), None, now())


def test_numbers_have_no_gap_even_when_issuing_fails(app, db):
    orders = [make_order(db) for _ in range(12)]
    failing = {order.order_id for order in orders[::3]}

    def work(order_id):
        with app.app_context():
            order = database.session.get(Order, order_id)
            actions.issue(order, actor=SYSTEM)
            database.session.rollback() if order_id in failing else database.session.commit()

    threads = [threading.Thread(target=work, args=(order.order_id,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.rollback()
    numbers = sorted(db.scalars(select(Invoice.number)))
    assert numbers == list(range(1, len(orders) - len(failing) + 1))


def test_an_order_has_one_invoice(db):
    order = make_order(db)
    first, again = actions.issue(order, actor=SYSTEM), actions.issue(order, actor=SYSTEM)
    assert first.invoice_id == again.invoice_id
    assert first.label.startswith(f"INV-{first.issued_on.year}-0001")


def test_a_long_number_is_not_cut_off(db):
    db.execute(text("INSERT INTO invoice_series VALUES ('INV', :year, 12344)"), {"year": today().year})
    invoice = make_invoice(db)
    assert invoice.label == f"INV-{invoice.year}-12345"
    assert queries.find_names(SYSTEM, [invoice.invoice_id]) == {invoice.invoice_id: invoice.label}


def test_credit_notes_have_numbers_of_their_own(db):
    invoice = make_invoice(db)
    note = actions.credit(invoice, 400, reason="Chipped", actor=SYSTEM)
    assert (note.number, note.series, note.total_minor) == (1, "CN", -400)
    with pytest.raises(actions.NothingToCredit):
        actions.credit(invoice, 601, reason="Chipped", actor=SYSTEM)


def test_what_was_issued_never_changes(db):
    invoice = make_invoice(db)
    invoice.number += 1
    with pytest.raises(DBAPIError):
        db.flush()
    db.rollback()


def test_paid_in_parts(db, browser):
    carla = make_customer()
    invoice = make_invoice(db, carla, price=5000)
    agent = actor_of(make_employee())
    order = db.get(Order, invoice.order_id)
    for amount, state in ((2000, "open"), (3000, "paid")):
        ordering.take_payment(order, amount, "transfer", actor=agent)
        db.commit()
        assert queries.get_invoice(SYSTEM, invoice.invoice_id).state == state
    assert order.receipt_id is not None
    assert "Paid" in text_of(browser(carla).get(f"/portal/invoices/{invoice.invoice_id}"))


def test_what_was_paid_in_part_goes_back_by_cancelling_alone(db, browser):
    """A part that went back would never be asked for again, and the whole be in the books."""
    order, manager = make_order(db, price=5000), make_employee("manager")
    ordering.take_payment(order, 2000, "transfer", actor=actor_of(manager))
    db.commit()
    page, here = browser(manager), f"/orders/{order.order_id}"
    assert "Give back" not in text_of(page.get(here))
    assert page.post(f"{here}/refund", {"amount": "20.00", "reason": "Asked"}).status_code == 409
    page.post(f"{here}/cancellation", {"reason": "Asked"})
    db.refresh(order)
    assert (order.state, order.left_minor, order.receipt_id) == ("cancelled", 0, None)


def test_a_refund_writes_a_credit_note_with_its_taxes(db, work):
    invoice = make_invoice(db, price=1200)
    order, agent = db.get(Order, invoice.order_id), actor_of(make_employee())
    ordering.take_payment(order, 1200, "counter", actor=agent)
    ordering.give_back(order, 600, reason="One was broken", actor=agent)
    db.commit()
    work()
    db.rollback()
    note = db.scalars(select(Invoice).where(Invoice.kind == "credit_note")).one()
    assert (note.total_minor, note.net_minor, note.tax_minor) == (-600, -500, -100)
    assert (note.reason, db.get(Invoice, invoice.invoice_id).credited_minor) == ("One was broken", 600)


def test_cancelling_takes_the_invoice_back(db, work):
    invoice = make_invoice(db)
    ordering.cancel(db.get(Order, invoice.order_id), reason="Out of stock", actor=SYSTEM)
    db.commit()
    work()
    db.rollback()
    row = queries.get_invoice(SYSTEM, invoice.invoice_id)
    assert (row.state, row.due_minor) == ("credited", 0)


def test_whoever_is_late_is_reminded_once_for_each_step(db, work, mailbox, monkeypatch):
    actions.decide(is_offered=True, due_days=14, remind_after_days=[3, 10], issuer="", foot="", actor=SYSTEM)
    invoice = make_invoice(db, make_customer(email="late@example.com"))
    work()
    real, seen = clock.now, []
    for day in range(30):
        later = timedelta(days=day)
        monkeypatch.setattr(clock, "now", lambda later=later: real() + later)
        actions.remind(due_now())
        db.commit()
        seen.append(db.get(Invoice, invoice.invoice_id).reminded)
    assert (seen[16], seen[17], seen[23], seen[24], seen[29]) == (0, 1, 1, 2, 2)
    monkeypatch.undo()
    work()
    reminders = [mail for mail in mailbox.messages if "Reminder" in mail["Subject"]]
    assert len(reminders) == 2


def test_other_days_decided_later_silence_no_reminder(db, monkeypatch):
    """Reminded twice, then the first of three days is left out: the third still comes."""
    actions.decide(is_offered=True, due_days=0, remind_after_days=[3, 10, 20], issuer="", foot="", actor=SYSTEM)
    make_invoice(db, make_customer(email="late@example.com"))
    real, sent = clock.now, []
    for day in range(40):
        monkeypatch.setattr(clock, "now", lambda day=day: real() + timedelta(days=day))
        if day == 11:
            actions.decide(is_offered=True, due_days=0, remind_after_days=[20], issuer="", foot="", actor=SYSTEM)
        if day == 21:
            later = [3, 10, 20, 30]
            actions.decide(is_offered=True, due_days=0, remind_after_days=later, issuer="", foot="", actor=SYSTEM)
        sent += [day] * actions.remind(due_now())["sent"]
        db.commit()
    assert sent == [3, 10, 20, 30]


def test_who_paid_is_not_reminded(db, mailbox, monkeypatch):
    invoice = make_invoice(db)
    ordering.take_payment(db.get(Order, invoice.order_id), 1000, "transfer", actor=actor_of(make_employee()))
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(days=60))
    assert actions.remind(due_now()) == {"sent": 0}


def test_pages_and_papers(db, browser):
    carla, agent = make_customer(first_name="Carla", address="1 Mill Lane"), make_employee("manager")
    taxes.save_rate(None, name="VAT", share=Decimal("0.2"), is_included=True, is_default=True)
    db.commit()
    invoice = make_invoice(db, carla)
    staff, own, stranger = browser(agent), browser(carla), browser(make_customer())
    assert invoice.label in text_of(staff.get("/invoices"))
    assert invoice.label in text_of(staff.get("/invoices?state=open&q=" + invoice.label))
    assert "Nobody is late" in text_of(staff.get("/invoices?state=overdue"))
    assert "To be paid" in text_of(staff.get(f"/customers/{carla.person_id}"))
    ordering.take_payment(db.get(Order, invoice.order_id), 400, "counter", actor=actor_of(agent))
    db.commit()
    assert "At the counter £4.00 Paid" in text_of(staff.get(f"/orders/{invoice.order_id}"))
    page = text_of(staff.get(f"/invoices/{invoice.invoice_id}"))
    assert "1 Mill Lane" in page
    assert "VAT 20% on £8.33" in page
    assert staff.get(f"/invoices/{invoice.invoice_id}.pdf").data.startswith(b"%PDF")
    assert own.get(f"/portal/invoices/{invoice.invoice_id}.pdf").data.startswith(b"%PDF")
    assert invoice.label in text_of(own.get("/portal/invoices"))
    assert stranger.get(f"/portal/invoices/{invoice.invoice_id}").status_code == 404
    assert stranger.get(f"/portal/invoices/{invoice.invoice_id}.pdf").status_code == 404
    assert own.get(f"/invoices/{invoice.invoice_id}").status_code == 403


def test_settings(db, browser):
    manager = browser(make_employee("manager"))
    good = {"is_offered": "1", "due_days": "7", "remind_after_days": "3; 9", "issuer": "Lotus", "foot": "GB00"}
    assert "Saved" in text_of(manager.follow(manager.post("/settings/invoices", good)))
    db.rollback()
    assert queries.get_settings().remind_after_days == [3, 9]
    for bad in ({"due_days": "-1"}, {"due_days": "x"}, {"remind_after_days": "3,0"}, {"remind_after_days": "soon"}):
        assert manager.post("/settings/invoices", {**good, **bad}).status_code == 422
    assert browser(make_employee("agent")).get("/settings/invoices").status_code == 403
