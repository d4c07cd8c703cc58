"""000-42: `POST /api/v1/payment-tasks`, also called `/addPaymentTask`, creates a payment reminder with a comment."""

import json
from datetime import timedelta

import pytest
from openapi_schema_validator import OAS31Validator
from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.clock import today
from app.invoices import actions as invoices
from app.orders.actions import ordering
from app.orders.pricing import Priced
from app.reach.messages.models import MessageType, Template
from app.reach.models import TouchTask
from app.taxes.calculating import UNTAXED
from tests.api.conftest import Program
from tests.factories import make_customer, make_employee, make_key, make_product
from tests.reach.cast import kinds

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


def test_somebody_has_to_be_named(app):
    assert (
        Program(app, make_key(make_employee("manager"))).post("/payment-tasks", {"comment": "Who?"}).status_code == 422
    )
