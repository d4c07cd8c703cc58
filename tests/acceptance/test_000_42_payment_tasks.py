"""000-42: `POST /api/v1/payment-tasks`, also called `/addPaymentTask`, creates a payment reminder with a comment."""

import json
from datetime import timedelta

import pytest
from babel.dates import format_date
from openapi_schema_validator import OAS31Validator
from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.clock import today
from app.engine.filters import sql, tree
from app.engine.filters.queries import here_and_now
from app.engine.notices.models import Notice
from app.invoices import actions as invoices
from app.invoices.models import Invoice
from app.orders.actions import ordering
from app.orders.pricing import Priced
from app.reach.messages.models import MessageType, Template
from app.reach.models import TouchTask
from app.taxes.calculating import UNTAXED
from tests.api.conftest import Program
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_key, make_product
from tests.reach.cast import kinds, reasons

NAMES = ("payment-tasks", "addPaymentTask")


@pytest.mark.parametrize("name", NAMES)
def test_it_creates_a_reminder_and_answers_as_documented(app, db, name):
    customer, api = make_customer(first_name="Ada", last_name="Byron"), Program(app, make_key(make_employee("manager")))
    answer = api.post(f"/{name}", {"customer_id": str(customer.person_id), "comment": "Promised to pay by Friday."})
    assert answer.status_code == 201
    task = db.get(TouchTask, answer.json["id"])
    assert (task.comment, task.state, task.task_no) == ("Promised to pay by Friday.", "draft", answer.json["task_no"])
    kind = db.scalars(select(MessageType).join(Template).where(Template.template_id == task.template_id)).one()
    assert kind.key == "payment_reminder"
    document = json.loads(json.dumps(app.extensions["api-document"]))
    operation = document["paths"][f"/api/v1/{name}"]["post"]
    schema = operation["responses"]["201"]["content"]["application/json"]["schema"]
    OAS31Validator({**schema, "components": document["components"]}).validate(answer.json)
    assert answer.headers["Location"] == f"/api/v1/touch/tasks/{task.id}"


def test_it_may_go_at_once(app, db, work):
    customer, api = make_customer(first_name="Ada"), Program(app, make_key(make_employee("manager")))
    answer = api.post("/payment-tasks", {"customer_id": str(customer.person_id), "launch": True})
    assert answer.json["state"] == "running"
    work()
    assert kinds() == {"sent": 1}


def test_an_invoice_leads_to_who_owes_it_once_it_is_late(app, db):
    customer, api = make_customer(), Program(app, make_key(make_employee("manager")))
    order = ordering.place(customer, [Priced(make_product(), 1, UNTAXED)], pay_by="counter", actor=SYSTEM)
    invoice = invoices.issue(order, actor=SYSTEM)
    db.commit()
    early = api.post("/payment-tasks", {"invoice_id": str(invoice.invoice_id)})
    assert early.status_code == 409
    invoice.due_on = today() - timedelta(days=3)
    db.commit()
    late = api.post("/payment-tasks", {"invoice_id": str(invoice.invoice_id)}, headers={"Idempotency-Key": "late"})
    assert late.status_code == 201
    assert invoice.label in late.json["name"]


@pytest.fixture
def owing(db):
    """Ada, who speaks German, and her invoice of 49.90 pounds that was due three days ago."""
    ada = make_customer(first_name="Ada", locale="de")
    order = ordering.place(ada, [Priced(make_product(price_minor=4990), 1, UNTAXED)], pay_by="counter", actor=SYSTEM)
    invoice = invoices.issue(order, actor=SYSTEM)
    invoice.due_on = today() - timedelta(days=3)
    db.commit()
    return ada, invoice


@pytest.mark.parametrize("named", ["customer", "invoice"])
def test_it_says_how_much_for_which_invoice_and_since_when(owing, app, work, mailbox, named):
    ada, invoice = owing
    whom = {"customer_id": str(ada.person_id)} if named == "customer" else {"invoice_id": str(invoice.invoice_id)}
    answer = Program(app, make_key(make_employee("manager"))).post("/payment-tasks", {**whom, "launch": True})
    assert invoice.label in answer.json["name"]
    work()
    _the_invoice, mail = mailbox.to(ada.email)
    due = format_date(invoice.due_on, "long", locale="en_GB")
    said = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == f"{invoice.label}: £49.90 is still to be paid"
    assert f"we have not received £49.90 for {invoice.label} yet, which was due on {due}." in said
    assert f"Look at it and pay (http://crm.test/portal/invoices/{invoice.invoice_id})" in said


def test_it_is_about_what_is_left_of_the_one_that_it_names(owing, app, db, work, mailbox):
    ada, _first = owing
    order = ordering.place(ada, [Priced(make_product(price_minor=9900), 1, UNTAXED)], pay_by="counter", actor=SYSTEM)
    later = invoices.issue(order, actor=SYSTEM)
    later.due_on = today() - timedelta(days=1)
    db.commit()
    invoices.credit(later, 900, reason="Scratched", actor=SYSTEM)
    db.commit()
    api = Program(app, make_key(make_employee("manager")))
    api.post("/payment-tasks", {"invoice_id": str(later.invoice_id), "launch": True})
    work()
    assert f"{later.label}: £90.00 is still to be paid" in [mail["Subject"] for mail in mailbox.to(ada.email)]


def test_who_pays_before_it_goes_is_not_reminded(owing, app, db, work, browser):
    _ada, invoice = owing
    desk = make_employee("manager")
    task = Program(app, make_key(desk)).post("/payment-tasks", {"invoice_id": str(invoice.invoice_id)}).json
    page = browser(desk)
    assert "£49.90 is still to be paid" in text_of(page.get(f"/reach/tasks/{task['id']}/edit?step=check"))
    invoices.credit(db.get(Invoice, invoice.invoice_id), 4990, reason="Never arrived", actor=SYSTEM)
    db.commit()
    Program(app, make_key(desk)).post(f"/touch/tasks/{task['id']}/launch")
    work()
    assert reasons() == {"no_longer": 1}
    assert "It is true no more" in text_of(page.get(f"/reach/tasks/{task['id']}"))


def test_an_order_without_an_invoice_is_named_by_its_number(app, db, work, mailbox):
    ada = make_customer(first_name="Ada")
    order = ordering.place(ada, [Priced(make_product(price_minor=4990), 1, UNTAXED)], pay_by="counter", actor=SYSTEM)
    db.commit()
    api = Program(app, make_key(make_employee("manager")))
    api.post("/payment-tasks", {"customer_id": str(ada.person_id), "launch": True})
    work()
    said = mailbox.to(ada.email)[0].get_body(("plain",)).get_content()
    assert f"we have not received £49.90 for {order.label} yet. If you paid" in said


def test_who_owes_nothing_is_asked_without_figures(app, db, work, mailbox):
    ada = make_customer(first_name="Ada")
    api = Program(app, make_key(make_employee("manager")))
    api.post("/payment-tasks", {"customer_id": str(ada.person_id), "launch": True})
    work()
    (mail,) = mailbox.to(ada.email)
    assert mail["Subject"] == "A payment is still open"
    assert "Hello Ada,\n\nwe have not received a payment of yours yet. If you paid" in mail.get_body(
        ("plain",)
    ).get_content().replace("\r\n", "\n")


def test_the_letter_under_the_bell_leads_to_the_invoice(owing, app, db, work, browser):
    ada, invoice = owing
    ada.email = None
    db.commit()
    api = Program(app, make_key(make_employee("manager")))
    api.post("/payment-tasks", {"invoice_id": str(invoice.invoice_id), "launch": True})
    work()
    notice = db.scalars(select(Notice).where(Notice.person_id == ada.person_id)).one()
    assert notice.title == f"{invoice.label}: £49.90 is still to be paid"
    opened = browser(ada).post(f"/notices/{notice.notice_id}/opening")
    assert opened.headers["Location"].endswith(f"/portal/invoices/{invoice.invoice_id}")


def test_customers_are_found_by_what_they_owe(owing, db):
    ada, invoice = owing
    make_customer()
    owed = {"all": [{"f": "owed", "op": "is", "v": True}, {"f": "number", "op": "is", "v": invoice.label}]}
    wanted = tree.read("customer", {"agg": "count", "of": "invoices", "where": owed, "op": "ge", "v": 1})
    assert db.scalars(sql.ids(wanted, here_and_now())).all() == [ada.person_id]


def test_somebody_has_to_be_named(app):
    assert (
        Program(app, make_key(make_employee("manager"))).post("/payment-tasks", {"comment": "Who?"}).status_code == 422
    )
