"""Issuing, crediting, sending and reminding."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import text

from app.core import web
from app.core.access import SYSTEM, Actor
from app.core.clock import today
from app.core.db import db, sign_writes
from app.core.errors import Conflict, Invalid
from app.core.money import format_money
from app.engine.events import actions as events
from app.engine.events.models import Event
from app.engine.notices import actions as notices
from app.engine.notices.actions import Mail
from app.engine.schedules import actions as schedules
from app.engine.schedules.catalogue import Occasion
from app.engine.schedules.due_times import Rule
from app.invoices import queries
from app.invoices.models import SERIES, Invoice, InvoiceSettings
from app.orders.actions import ordering
from app.orders.models import Order
from app.orders.queries import list_lines
from app.payments.models import PaymentRefund
from app.people.models import Customer
from app.taxes.calculating import RateTotal, share_out, total_by_rate

REMIND = "invoices.remind"
MOST_REMINDERS = 10
LONGEST_TEXT = 2000


class NothingToCredit(Conflict):
    """The invoice was taken back already, in whole or as far as is asked."""

    title = "That is more than can be credited"


def next_number(series: str, year: int) -> int:
    """Take a number of a series and year.

    Its row stays locked until the transaction ends: what is rolled back leaves no gap, and two at once
    are numbered one after the other.
    """
    sign_writes(db.session())
    return int(
        db.session.scalar(
            text(
                "INSERT INTO invoice_series AS s VALUES (:series, :year, 1) ON CONFLICT (series, year)"
                " DO UPDATE SET last_number = s.last_number + 1 RETURNING last_number"
            ),
            {"series": series, "year": year},
        )
        or 0
    )


def issue(order: Order, *, actor: Actor, issued_on: date | None = None) -> Invoice:
    """Write the invoice of an order, of today unless said, and mail it to the customer; a second time gives the same.

    Raises: Conflict for an order that was cancelled.
    """
    ordering.lock(order.order_id)
    found = queries.find_of_order(order.order_id)
    if found is not None:
        return found
    if order.state == "cancelled":
        raise Conflict("A cancelled order has no invoice.")
    settings = queries.get_settings()
    customer = db.session.get_one(Customer, order.customer_id)
    rates = total_by_rate(list_lines(order))
    issued_on = issued_on or today()
    invoice = _write(
        "invoice",
        order,
        rates,
        actor,
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=settings.due_days),
        billed_to="\n".join(part for part in (customer.name, customer.address, customer.country) if part),
        issuer=settings.issuer,
        foot=settings.foot,
    )
    _tell("invoice.issued", invoice, actor)
    send(invoice, customer)
    return invoice


def credit(invoice: Invoice, amount_minor: int, *, reason: str, actor: Actor, refund_id: UUID | None = None) -> Invoice:
    """Take an invoice back in part or in whole; the order's row is locked by whoever calls.

    The taxes are shared out as the invoice has them. Raises: NothingToCredit.
    """
    db.session.refresh(invoice, with_for_update=True)
    if not 0 < amount_minor <= invoice.left_minor:
        raise NothingToCredit(f"{format_money(invoice.left_minor, invoice.currency)} can be credited.")
    order = db.session.get_one(Order, invoice.order_id)
    rates = [
        RateTotal(part.name, part.share, -part.net_minor, -part.tax_minor)
        for part in share_out(amount_minor, invoice.by_rate)
    ]
    note = _write(
        "credit_note",
        order,
        rates,
        actor,
        issued_on=today(),
        credit_of=invoice.invoice_id,
        refund_id=refund_id,
        reason=reason,
        billed_to=invoice.billed_to,
        issuer=invoice.issuer,
    )
    invoice.credited_minor += amount_minor
    db.session.flush()
    _tell("invoice.credited", note, actor, credit_of=str(invoice.invoice_id))
    send(note, db.session.get_one(Customer, note.customer_id))
    return note


def hear_of_refund(event: Event) -> None:
    """Credit what was given back of an order that has an invoice, once for each refund."""
    if event.payload["payable_kind"] != ordering.KIND:
        return
    ordering.lock(UUID(event.payload["payable_id"]))
    invoice = queries.find_of_order(UUID(event.payload["payable_id"]))
    refund = db.session.get_one(PaymentRefund, UUID(event.payload["refund_id"]))
    if invoice is None or queries.find_of_refund(refund.refund_id) is not None:
        return
    amount = min(refund.amount_minor, invoice.left_minor)
    order = db.session.get_one(Order, invoice.order_id)
    if amount and order.receipt_id is not None:
        credit(invoice, amount, reason=refund.reason, actor=SYSTEM, refund_id=refund.refund_id)


def hear_of_cancellation(event: Event) -> None:
    """Take the invoice of a cancelled order back."""
    order = ordering.lock(UUID(event.payload["order_id"]))
    invoice = queries.find_of_order(order.order_id)
    if invoice is not None and invoice.left_minor:
        credit(invoice, invoice.left_minor, reason=order.cancel_reason, actor=SYSTEM)


def send(invoice: Invoice, customer: Customer) -> None:
    """Mail an invoice or credit note to the customer, once."""
    if not customer.email or customer.is_erased:
        return
    total = format_money(invoice.total_minor, invoice.currency)
    due = f"Please pay by {invoice.due_on:%d %B %Y}." if invoice.due_on else "Nothing is to be paid for it."
    notices.send_mail(
        customer.email,
        Mail(
            f"{invoice.title} {invoice.label}",
            (f"{invoice.title} {invoice.label} of {_shop()} comes to {total}.", due, invoice.foot),
            "Open it",
            web.public_url(f"/portal/invoices/{invoice.invoice_id}"),
        ),
        person_id=customer.person_id,
        key=f"invoice:{invoice.invoice_id}",
    )


def remind(_occasion: Occasion) -> dict[str, Any]:
    """Mail whoever is late, after each number of days that was decided; the scheduler calls this each day.

    An invoice that is late by several steps at once gets one reminder. Other numbers decided later count from the
    day it was last reminded of.
    """
    on, steps = today(), queries.get_settings().remind_after_days
    sent = 0
    for invoice, order, customer in queries.list_late(on):
        days = (on - invoice.due_on).days if invoice.due_on else 0
        if any(invoice.reminded_days < step <= days for step in steps):
            invoice.reminded, invoice.reminded_days = invoice.reminded + 1, days
            sent += _remind(invoice, order, customer, days)
    db.session.flush()
    return {"sent": sent}


def _remind(invoice: Invoice, order: Order, customer: Customer, days: int) -> bool:
    _tell("invoice.overdue", invoice, SYSTEM, days=days)
    if not customer.email or customer.is_erased:
        return False
    due = format_money(order.due_minor, order.currency)
    return bool(
        notices.send_mail(
            customer.email,
            Mail(
                f"Reminder: {invoice.label} is not paid yet",
                (
                    f"{due} of invoice {invoice.label} was to be paid {days} days ago.",
                    "If you paid it in the last days, please take no notice of this mail.",
                    invoice.foot,
                ),
                "Look at it and pay",
                web.public_url(f"/portal/invoices/{invoice.invoice_id}"),
            ),
            person_id=customer.person_id,
            key=f"invoice-late:{invoice.invoice_id}:{days}",
        )
    )


def decide(
    *, is_offered: bool, due_days: int, remind_after_days: Sequence[int], issuer: str, foot: str, actor: Actor
) -> InvoiceSettings:
    """Keep what the shop decided, and have reminders sent each morning. Raises: Invalid, by field."""
    errors: dict[str, list[str]] = {}
    if not 0 <= due_days <= 365:
        errors["due_days"] = ["Enter 0 to 365 days."]
    steps = sorted(set(remind_after_days))
    if len(steps) > MOST_REMINDERS or any(not 1 <= step <= 365 for step in steps):
        errors["remind_after_days"] = [f"Enter at most {MOST_REMINDERS} numbers of days, each from 1 to 365."]
    for name, words in (("issuer", issuer), ("foot", foot)):
        if len(words) > LONGEST_TEXT:
            errors[name] = [f"Use at most {LONGEST_TEXT:,} characters."]
    if errors:
        raise Invalid(errors=errors)
    settings = queries.get_settings()
    settings.is_offered, settings.due_days, settings.remind_after_days = is_offered, due_days, steps
    settings.issuer, settings.foot = issuer, foot
    db.session.add(settings)
    db.session.flush()
    zone = current_app.extensions["rapport"].time_zone
    schedules.put("invoices", settings.settings_id, REMIND, Rule("cron", "0 9 * * *", zone), actor=actor)
    return settings


def _write(kind: str, order: Order, rates: Sequence[RateTotal], actor: Actor, **about: Any) -> Invoice:
    year = about["issued_on"].year
    invoice = Invoice(
        kind=kind,
        series=SERIES[kind],
        year=year,
        number=next_number(SERIES[kind], year),
        order_id=order.order_id,
        customer_id=order.customer_id,
        currency=order.currency,
        net_minor=sum(rate.net_minor for rate in rates),
        tax_minor=sum(rate.tax_minor for rate in rates),
        total_minor=sum(rate.amount_minor for rate in rates),
        taxes=[rate.as_json() for rate in rates],
        issued_by=actor.id,
        **about,
    )
    db.session.add(invoice)
    db.session.flush()
    return invoice


def _shop() -> str:
    return str(current_app.extensions["rapport"].workspace)


def _tell(kind: str, invoice: Invoice, actor: Actor, **more: Any) -> None:
    events.emit(
        kind,
        actor=actor,
        subject_id=invoice.customer_id,
        invoice_id=str(invoice.invoice_id),
        number=invoice.label,
        order_id=str(invoice.order_id),
        amount_minor=invoice.total_minor,
        currency=invoice.currency,
        **more,
    )
