"""Reminders of a payment: a touch task for one customer, or for whoever owes an overdue invoice."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.access import Actor
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.invoices import queries as invoices
from app.invoices.models import Invoice
from app.invoices.queries import InvoiceRow
from app.people import queries as people
from app.reach import actions
from app.reach.actions import LONGEST_NAME, TaskDetails
from app.reach.channels import opened
from app.reach.channels.base import ProviderTrouble
from app.reach.messages import queries as messages
from app.reach.messages.actions import templates
from app.reach.messages.actions.templates import TemplateDetails
from app.reach.messages.models import MessageType, Template
from app.reach.models import TouchTask

KEY = "payment_reminder"
NAME = "Payment reminder"
TITLE = "{if payment.amount}{payment.number}: {payment.amount} is still to be paid{else}A payment is still open{end}"
OPEN = (
    "{if payment.amount}we have not received {payment.amount} for {payment.number} yet"
    "{if payment.due_on}, which was due on {payment.due_on}{end}."
    "{else}we have not received a payment of yours yet.{end}"
    " If you paid in the last days, thank you: then there is nothing to do."
)
WORDS = {
    "in_app": {
        "en": {"title": TITLE, "body": f"Hello {{customer.first_name|there}}, {OPEN}", "url": "{payment.url}"},
    },
    "email": {
        "en": {
            "subject": TITLE,
            "body": f"Hello {{customer.first_name|there}},\n\n{OPEN}\n\n"
            "{if payment.url}\n[Look at it and pay]({payment.url})\n\n{end}\n{shop.name}",
        }
    },
}


class NotOverdue(Conflict):
    """Nobody is reminded of what is not late."""

    title = "This invoice is not overdue"


def add_payment_task(
    *,
    actor: Actor,
    customer_id: UUID | None = None,
    invoice_id: UUID | None = None,
    comment: str = "",
    template_id: UUID | None = None,
    launch: bool = False,
) -> TouchTask:
    """A task that reminds one customer, or whoever owes an invoice; with `launch` it goes at once.

    A customer is reminded of the invoice that is overdue longest, where one is. Who has paid it by then gets nothing.
    Raises: Invalid, by field; NotOverdue; NotFound for whom or what the actor may not see.
    """
    if (customer_id is None) == (invoice_id is None):
        raise Invalid(errors={"customer_id": ["Name a customer or an invoice."]})
    row = _overdue(actor, customer_id, invoice_id)
    debtor = row.invoice.customer_id if row else customer_id
    assert debtor is not None
    customer = people.get_customer(actor, debtor)
    about = f" of {row.invoice.label}" if row else ""
    template = _template(template_id, actor)
    details = TaskDetails(
        f"{NAME}{about}: {customer.name}"[:LONGEST_NAME],
        template_id=template.template_id,
        channels=_open_channels(template),
        comment=comment,
        audience="list",
        people=(customer.person_id,),
        still_true=_still_owes(row.invoice) if row else {},
    )
    task = actions.create(details, actor=actor, invoice_id=row.invoice.invoice_id if row else None)
    if launch:
        actions.launch(task, actor=actor)
    return task


def _overdue(actor: Actor, customer_id: UUID | None, invoice_id: UUID | None) -> InvoiceRow | None:
    """The invoice to remind of. Raises: NotOverdue; NotFound."""
    if invoice_id is not None:
        row = invoices.get_invoice(actor, invoice_id)
        if row.state != "overdue":
            raise NotOverdue
        return row
    assert customer_id is not None
    longest = invoices.list_owed([customer_id]) if actor.can("invoices.read") else []
    return next((row for row in longest if row.state == "overdue"), None)


def _still_owes(invoice: Invoice) -> dict[str, Any]:
    """Asked once more as it is sent."""
    its = [{"f": "number", "op": "is", "v": invoice.label}, {"f": "owed", "op": "is", "v": True}]
    return {"agg": "count", "of": "invoices", "where": {"all": its}, "op": "ge", "v": 1}


def _template(template_id: UUID | None, actor: Actor) -> Template:
    """The template that is asked for, else the newest of the type; the usual words where nobody wrote any."""
    of_type = (
        select(Template)
        .join(MessageType, MessageType.message_type_id == Template.message_type_id)
        .where(MessageType.key == KEY, Template.archived_at.is_(None))
    )
    if template_id is not None:
        found = db.session.scalar(of_type.where(Template.template_id == template_id))
        if found is None:
            raise Invalid(errors={"template_id": ["Choose a template of the type payment reminder."]})
        return found
    found = db.session.scalar(of_type.order_by(Template.created_at.desc()).limit(1))
    return found or templates.create_template(TemplateDetails(NAME, _type().message_type_id), WORDS, actor=actor)


def _type() -> MessageType:
    found = db.session.scalar(select(MessageType).where(MessageType.key == KEY))
    if found is None:
        found = MessageType(key=KEY, name=NAME, purpose="service", lane="default", lives_minutes=7 * 24 * 60)
        db.session.add(found)
        db.session.flush()
    return found


def _open_channels(template: Template) -> list[str]:
    """The channels that it has words for and that can send now, mail first."""
    written = messages.newest_version(template.template_id).contents
    return [key for key in sorted(written, key=lambda key: key != "email") if written[key] and _is_open(key)]


def _is_open(channel: str) -> bool:
    try:
        opened.choose(channel)
    except ProviderTrouble:
        return False
    return True
