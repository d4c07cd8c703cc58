"""Handing mail to an SMTP server."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, getaddresses
from typing import Any
from uuid import UUID

from flask import current_app

from app.core import jobs
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db
from app.core.log import get
from app.engine.events import actions as events
from app.engine.files import store
from app.engine.notices.models import OutgoingMail
from app.engine.smtp.connection import Reply
from app.engine.smtp.mime import whole_lines
from app.engine.smtp.server import read_url
from app.engine.smtp.transport import Letter, transport_to

FOR_GOOD = range(500, 600)

log = get(__name__)


class NotTaken(Exception):
    """The server did not take a mail for now."""


@jobs.job("notices.deliver_mail")
def deliver_mail(mail_id: str) -> dict[str, Any] | None:
    """Send one mail, unless that was done already.

    The Message-ID is the row's id on every try, so that a server or reader can tell a repeat.
    """
    mail = db.session.get(OutgoingMail, UUID(mail_id), with_for_update=True)
    if mail is None or mail.state in ("sent", "failed"):
        return None
    mail.attempts += 1
    said = _hand_over(mail.address, compose(mail))
    if said.code in FOR_GOOD:
        mail.state, mail.last_error = "failed", f"{said.code} {said.words}"
        _forget_secret(mail)
        log.warning("mail.refused", mail_id=mail_id, code=said.code)
        events.emit("mail.refused", actor=SYSTEM, subject_id=mail.person_id, mail_id=mail_id, code=said.code)
        return {"refused": said.code}
    if not said.is_good:
        raise NotTaken(f"{said.code} {said.words}")
    mail.state, mail.sent_at, mail.last_error = "sent", now(), None
    _forget_secret(mail)
    return {"sent": True}


def _forget_secret(mail: OutgoingMail) -> None:
    if mail.is_secret:
        mail.text_body = mail.html_body = ""


def compose(mail: OutgoingMail) -> EmailMessage:
    """The message as it goes over the wire: plain text first, HTML beside it."""
    message = EmailMessage()
    message["To"] = mail.address
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    _address(message, mail)
    message.set_content(mail.text_body)
    message.add_alternative(mail.html_body, subtype="html")
    for file in (mail.envelope or {}).get("files", ()):
        main, _slash, sub = file["media_type"].partition("/")
        content = store.path_of(file["stored_as"]).read_bytes()
        message.add_attachment(content, maintype=main, subtype=sub, filename=file["name"])
    return message


def _address(message: EmailMessage, mail: OutgoingMail) -> None:
    """Who sends it to whom, and what it answers. `Bcc` is known to the server alone, and left out as it goes."""
    envelope = mail.envelope
    if envelope is None:
        sender = current_app.extensions["rapport"].mail_from
        message["From"] = sender
        message["Message-ID"] = f"<{mail.mail_id}@{sender.rpartition('@')[2].rstrip('>')}>"
        message["Auto-Submitted"] = "auto-generated"
        return
    lines = {
        "From": envelope["sender"],
        "Message-ID": envelope["message_id"],
        "Cc": ", ".join(envelope["cc"]),
        "Bcc": ", ".join(envelope["bcc"]),
        "In-Reply-To": envelope["in_reply_to"],
        "References": " ".join(envelope["references"]),
        "Auto-Submitted": "auto-replied" if envelope["is_automatic"] else "",
    }
    for name, value in lines.items():
        if value:
            message[name] = value


def _hand_over(address: str, message: EmailMessage) -> Reply:
    """What the server said of the one it is for, however it took the copies. Raises: Unreachable."""
    sender, *_others = _bare(message, "From")
    recipients = _bare(message, "To", "Cc", "Bcc")
    del message["Bcc"]
    is_ascii = all(map(str.isascii, recipients))
    content = whole_lines(message.as_bytes(policy=SMTP.clone(cte_type="7bit", utf8=not is_ascii)))
    transport = transport_to(read_url(current_app.extensions["rapport"].smtp_url))
    (result,) = transport.deliver([Letter(sender, recipients, lambda _takes_8bit: content)])
    return result.refused.get(address, result.reply)


def _bare(message: EmailMessage, *names: str) -> Sequence[str]:
    fields = [str(field) for name in names for field in message.get_all(name, [])]
    return list(dict.fromkeys(address for _name, address in getaddresses(fields) if address))
