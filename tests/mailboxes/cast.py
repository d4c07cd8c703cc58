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


def returned(message_id: str) -> bytes:
    """What a mail server says of a mail that it could not bring (RFC 3464)."""
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: hello@rapport.example\r\nSubject: Undelivered Mail\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nMessage-ID: <dsn@mx.example>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI could not bring your mail.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        "Final-Recipient: rfc822; ada@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\nSubject: Lamps\r\n\r\n--b--\r\n"
    ).encode()
