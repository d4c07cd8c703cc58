"""Reminders of a payment: a touch task for one customer, or for whoever owes an overdue invoice."""

from uuid import UUID

from sqlalchemy import select

from app.core.access import Actor
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.invoices import queries as invoices
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
WORDS = {
    "in_app": {
        "en": {
            "title": "A payment is still open",
            "body": "Hello {customer.first_name|there}, we have not received a payment of yours yet. If you paid in"
            " the last days, thank you: then there is nothing to do.",
        }
    },
    "email": {
        "en": {
            "subject": "A payment is still open",
            "body": "Hello {customer.first_name|there},\n\nwe have not received a payment of yours yet. If you paid in"
            " the last days, thank you: then there is nothing to do.\n\n{shop.name}",
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

    Raises: Invalid, by field; NotOverdue; NotFound for whom or what the actor may not see.
    """
    if (customer_id is None) == (invoice_id is None):
        raise Invalid(errors={"customer_id": ["Name a customer or an invoice."]})
    about = ""
    if invoice_id is not None:
        row = invoices.get_invoice(actor, invoice_id)
        if row.state != "overdue":
            raise NotOverdue
        customer_id, about = row.order.customer_id, f" of {row.invoice.label}"
    assert customer_id is not None
    customer = people.get_customer(actor, customer_id)
    template = _template(template_id, actor)
    details = TaskDetails(
        f"{NAME}{about}: {customer.name}"[:LONGEST_NAME],
        template_id=template.template_id,
        channels=_open_channels(template),
        comment=comment,
        audience="list",
        people=(customer.person_id,),
    )
    task = actions.create(details, actor=actor)
    if launch:
        actions.launch(task, actor=actor)
    return task


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
