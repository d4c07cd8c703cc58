"""Handing mail to an SMTP server."""

import smtplib
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from flask import current_app

from app.core import jobs
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db
from app.core.errors import DomainError
from app.core.log import get
from app.engine.events import actions as events
from app.engine.files import store
from app.engine.notices.models import OutgoingMail

TIMEOUT_SECONDS = 20
TEMPORARY = range(400, 500)

log = get(__name__)


class Undeliverable(DomainError):
    """The server refused this mail for good; trying again would not help."""


@jobs.job("notices.deliver_mail")
def deliver_mail(mail_id: str) -> dict[str, Any] | None:
    """Send one mail, unless that was done already.

    The Message-ID is the row's id on every try, so that a server or reader can tell a repeat.
    """
    mail = db.session.get(OutgoingMail, UUID(mail_id), with_for_update=True)
    if mail is None or mail.state in ("sent", "failed"):
        return None
    mail.attempts += 1
    try:
        _hand_over(compose(mail))
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as refusal:
        code, words = _reason(refusal)
        if code in TEMPORARY:
            raise
        mail.state, mail.last_error = "failed", f"{code} {words}"
        _forget_secret(mail)
        log.warning("mail.refused", mail_id=mail_id, code=code)
        events.emit("mail.refused", actor=SYSTEM, subject_id=mail.person_id, mail_id=mail_id, code=code)
        return {"refused": code}
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
    """Who sends it to whom, and what it answers. `Bcc` is known to the server alone: smtplib leaves the line out."""
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


def _hand_over(message: EmailMessage) -> None:
    server = urlsplit(current_app.extensions["rapport"].smtp_url or "smtp://127.0.0.1:25")
    secure = server.scheme == "smtps"
    client = smtplib.SMTP_SSL if secure else smtplib.SMTP
    with client(
        server.hostname or "127.0.0.1", server.port or (465 if secure else 25), timeout=TIMEOUT_SECONDS
    ) as smtp:
        if server.scheme == "smtp+tls":
            smtp.starttls()
        if server.username:
            smtp.login(unquote(server.username), unquote(server.password or ""))
        refused = smtp.send_message(message)
    if message["To"].addresses[0].addr_spec in refused:  # the copies went; the one it is for refused it
        raise smtplib.SMTPRecipientsRefused(refused)


def _reason(refusal: smtplib.SMTPResponseException | smtplib.SMTPRecipientsRefused) -> tuple[int, str]:
    words: bytes | str
    if isinstance(refusal, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(refusal.recipients.values()))
    else:
        code, words = refusal.smtp_code, refusal.smtp_error
    return code, words.decode("utf-8", "replace") if isinstance(words, bytes) else words
