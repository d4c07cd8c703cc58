"""The automatic reply: at most one a day for each address, and never to a program."""

from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert

from app.conversations.models import Channel
from app.core.clock import now
from app.core.db import db
from app.mailboxes.actions import sending
from app.mailboxes.models import AutoReply, Mailbox
from app.mailboxes.reading.parsed import ParsedMail
from app.mailboxes.threading import answer_to
from app.people.models import Customer

PAUSE = timedelta(hours=24)


def reply_automatically(mailbox: Mailbox, channel: Channel, customer: Customer, said: ParsedMail) -> bool:
    """Say that the mail has come, in the words of its mailbox; returns whether it did.

    Two systems that answer each other stop here: whatever comes back within a day gets no second answer.
    """
    if not mailbox.auto_reply or said.automatic or not _may_reply(said.from_address, customer):
        return False
    subject = answer_to(said.subject) or f"Your mail to {mailbox.name}"
    sending.reply_by_program(mailbox, channel, customer, subject, mailbox.auto_reply)
    return True


def _may_reply(address: str, customer: Customer) -> bool:
    """The address got none within a day; the one statement decides, so of two mails at once one is answered."""
    moment = now()
    values = {"person_id": customer.person_id, "replied_at": moment}
    statement = insert(AutoReply).values(address=address, **values)
    statement = statement.on_conflict_do_update(
        index_elements=["address"], set_=values, where=AutoReply.replied_at < moment - PAUSE
    )
    return db.session.scalar(statement.returning(AutoReply.address)) is not None
