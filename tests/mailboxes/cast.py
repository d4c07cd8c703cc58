"""A mailbox, mails, and what became of them."""

from email.message import EmailMessage
from itertools import count
from typing import Any

from sqlalchemy import select

from app.conversations.models import Channel, Email, Pair
from app.core.access import SYSTEM
from app.core.db import db
from app.mailboxes.actions import taking
from app.mailboxes.actions.keeping import Arrived, Filed
from app.mailboxes.actions.mailboxes import MailboxDetails, add_mailbox
from app.mailboxes.models import Mailbox

_numbers = count(1)


def make_mailbox(address: str = "hello@lotus.example", **what_matters: Any) -> Mailbox:
    """A mailbox of the shop."""
    mailbox = add_mailbox(MailboxDetails(**{"address": address, "name": "Lotus Gifts", **what_matters}), actor=SYSTEM)
    db.session.commit()
    return mailbox


def make_mail(sender: str = "ada@example.com", words: str = "Hello", **lines: str) -> EmailMessage:
    """A mail; header lines by name, with _ for -."""
    mail = EmailMessage()
    given = {"From": sender, "To": "hello@lotus.example", "Subject": "My lamp", "Message-ID": new_id()}
    for name, value in {**given, **{name.replace("_", "-"): value for name, value in lines.items()}}.items():
        mail[name] = value
    mail.set_content(words)
    return mail


def new_id() -> str:
    return f"<mail{next(_numbers)}@example.com>"


def take(mailbox: Mailbox, mail: EmailMessage | bytes) -> Filed | None:
    """Let a mail come."""
    raw = mail if isinstance(mail, bytes) else mail.as_bytes()
    kept = taking.take_in(mailbox, Arrived(raw, "hook"))
    db.session.commit()
    return kept


def channel_of(kept: Filed | None) -> Channel:
    """The conversation a mail is part of."""
    assert kept is not None, "it was here before"
    assert kept.comm_id is not None, kept.outcome
    found = select(Channel).join(Pair, Pair.channel_id == Channel.channel_id).where(Pair.comm_id == kept.comm_id)
    return db.session.scalars(found.execution_options(populate_existing=True)).one()


def emails_in(channel: Channel) -> list[Email]:
    """What was said there by email, in its order."""
    found = select(Email).join(Pair, Pair.comm_id == Email.comm_id).where(Pair.channel_id == channel.channel_id)
    return list(db.session.scalars(found.order_by(Pair.seq)))
