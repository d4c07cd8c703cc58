"""What a copy for a customer says of their mails."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.conversations.models import Email
from app.mailboxes.models import AutoReply, BouncedAddress, Mail
from app.people.disclosure.parts import Part, add_part, leave_out

Rows = Select[*tuple[Any, ...]]


def add() -> None:
    """Speak for mails beyond their words, and for addresses that bounced."""
    add_part(Part("mails_in_full", "Who got your mails, and the history below them", ("mails",), _mails))
    add_part(Part("bounces", "Mails to you that came back", ("bounced_addresses",), _bounces))
    add_part(Part("auto_replies", "When you were last answered automatically", ("auto_replies",), _auto_replies))
    leave_out("mails as they came, which are let go after 90 days; what they say is in the copy", "raw_mails")


def _mails(customer_id: UUID) -> Rows:
    query = select(
        Email.at, Mail.from_address.label("from"), Mail.to_addresses.label("to"), Mail.cc_addresses.label("copies"),
        Mail.quoted.label("history"),
    )  # fmt: skip
    query = query.join(Email, Email.comm_id == Mail.comm_id)
    return query.where((Email.sender_id == customer_id) | (Email.receiver_id == customer_id)).order_by(Email.at)


def _bounces(customer_id: UUID) -> Rows:
    query = select(BouncedAddress.bounced_at.label("at"), BouncedAddress.address, BouncedAddress.reason)
    return query.where(BouncedAddress.person_id == customer_id).order_by(BouncedAddress.bounced_at)


def _auto_replies(customer_id: UUID) -> Rows:
    query = select(AutoReply.replied_at.label("at"), AutoReply.address)
    return query.where(AutoReply.person_id == customer_id)
