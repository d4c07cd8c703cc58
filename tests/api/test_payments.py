"""What programs learn of payments and of vendors' statements, and what they decide about invoices."""

from datetime import date

import pytest
from sqlalchemy import text

from app.accounts import sign_ins
from app.core.db import new_id
from app.orders.actions import ordering
from app.payments.models import Reconciliation
from tests.payments.conftest import make_order

DECIDED = {"is_offered": True, "due_days": 30, "remind_after_days": [10, 3], "issuer": "Us", "foot": ""}


def test_all_that_was_said_about_a_payment_is_listed(api, db, admin):
    order = make_order(db, 1200, "GBP")
    taken = ordering.take_payment(order, 200, "counter", actor=sign_ins.actor_for(admin.person_id))
    db.commit()
    steps = api.get(f"/payments/{taken.payment_id}/steps").json["data"]
    assert steps
    assert {"sender", "receiver", "title"} <= steps[0].keys()
    assert api.get(f"/payments/{new_id()}/steps").status_code == 404


def test_a_day_is_held_beside_the_statement(api, program, admin, db):
    assert api.post("/reconciliations", {"provider": "alipay", "day": "2026-11-20"}).status_code == 200
    (args,) = db.scalars(text("SELECT args FROM jobs WHERE name = 'payments.reconcile'")).all()
    assert args == {"provider": "alipay", "day": "2026-11-20"}
    differs = {"kind": "refund", "number": "a1", "reference": "", "what": "amount"}
    amounts = {"ours_minor": 5, "theirs_minor": 4, "currency": "CNY"}
    db.add(Reconciliation(provider="alipay", day=date(2026, 11, 20), matched=7, differences=[differs | amounts]))
    db.commit()
    (found,) = api.get("/reconciliations").json["data"]
    (shown,) = api.get(f"/reconciliations/{found['id']}").json["differences"]
    assert (shown["ours"]["formatted"], shown["theirs"]["amount_minor"]) == ("CN¥0.05", 4)
    assert shown.items() >= differs.items()
    assert api.post("/reconciliations", {"provider": "counter", "day": "2026-11-20"}).status_code == 422
    assert program(admin, "payments.read").get("/reconciliations").status_code == 403


def test_what_is_decided_about_invoices(api, program, admin):
    assert api.get("/invoice-settings").json["is_offered"] is False
    decided = api.post("/invoice-settings", DECIDED).json
    assert decided == api.get("/invoice-settings").json == {**DECIDED, "remind_after_days": [3, 10]}
    reader = program(admin, "invoices.read", "invoices.issue")
    assert reader.post("/invoice-settings", DECIDED).status_code == 403


@pytest.mark.parametrize(
    "wrong", [{"due_days": 366}, {"remind_after_days": [0]}, {"issuer": "x" * 2001}, {"is_offered": 1}]
)
def test_decisions_that_make_no_sense_are_refused(api, wrong):
    answer = api.post("/invoice-settings", {**DECIDED, **wrong})
    assert (answer.status_code, next(iter(answer.json["errors"])).partition(".")[0]) == (422, next(iter(wrong)))
