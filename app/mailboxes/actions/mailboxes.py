"""Setting up mailboxes."""

import secrets
from dataclasses import dataclass, fields
from uuid import UUID

from sqlalchemy import func, select, update

from app.core.access import Actor, require
from app.core.db import db
from app.core.errors import Invalid
from app.mailboxes import queries
from app.mailboxes.models import SECURITY, Mailbox
from app.people import details

LONGEST = {"name": 100, "signature": 2000, "auto_reply": 5000, "imap_host": 255, "imap_user": 320}
SAME_PLACE = ("imap_host", "imap_port", "imap_user")


@dataclass(frozen=True)
class MailboxDetails:
    """What somebody says of a mailbox. An empty password leaves the one that is kept."""

    address: str
    name: str
    signature: str = ""
    auto_reply: str = ""
    is_default: bool = False
    is_enabled: bool = True
    imap_host: str = ""
    imap_port: int = 993
    imap_security: str = "tls"
    imap_user: str = ""
    imap_password: str = ""


def details_of(mailbox: Mailbox) -> MailboxDetails:
    """What is set of a mailbox, but for its password."""
    names = {field.name for field in fields(MailboxDetails)} - {"imap_password"}
    return MailboxDetails(**{name: getattr(mailbox, name) for name in names})


def add_mailbox(said: MailboxDetails, *, actor: Actor) -> Mailbox:
    """Set up a mailbox; the first one is used for whatever names none. Mail counts from now on. Raises: Invalid."""
    require(actor, "mailboxes.configure")
    mailbox = Mailbox()
    _write(mailbox, said)
    mailbox.hook_secret = secrets.token_urlsafe(32)
    db.session.add(mailbox)
    db.session.flush()
    _settle_default(mailbox, is_wanted=said.is_default or not _has_default())
    return mailbox


def edit_mailbox(mailbox: Mailbox, said: MailboxDetails, *, actor: Actor) -> None:
    """Change a mailbox. At another server, or as another user, mail counts from now on again. Raises: Invalid."""
    require(actor, "mailboxes.configure")
    before = [getattr(mailbox, name) for name in SAME_PLACE]
    _write(mailbox, said)
    if before != [getattr(mailbox, name) for name in SAME_PLACE]:
        mailbox.uid_validity, mailbox.last_uid, mailbox.checked_at = None, 0, None
    mailbox.last_error, mailbox.failing_since = "", None
    mailbox.version += 1
    db.session.flush()
    _settle_default(mailbox, is_wanted=said.is_default)


def renew_secret(mailbox: Mailbox, *, actor: Actor) -> str:
    """Another secret for signed mail; the one before ends at once."""
    require(actor, "mailboxes.configure")
    secret = secrets.token_urlsafe(32)
    mailbox.hook_secret = secret
    mailbox.version += 1
    db.session.flush()
    return secret


def _write(mailbox: Mailbox, said: MailboxDetails) -> None:
    errors = _mistakes(mailbox.mailbox_id, said)
    if errors:
        raise Invalid(errors=errors)
    mailbox.address = (details.email(said.address) or "").lower()
    for name in ("name", "signature", "auto_reply", "imap_host", "imap_user"):
        setattr(mailbox, name, getattr(said, name).strip())
    mailbox.imap_port, mailbox.imap_security = said.imap_port, said.imap_security
    mailbox.is_enabled = said.is_enabled
    if said.imap_password:
        mailbox.imap_password = said.imap_password


def _mistakes(mailbox_id: UUID | None, said: MailboxDetails) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for name, most in LONGEST.items():
        if len(getattr(said, name)) > most:
            errors[name] = [f"Use at most {most:,} characters."]
    if not said.name.strip():
        errors["name"] = ["Enter the name that customers read."]
    if said.imap_security not in SECURITY:
        errors["imap_security"] = ["Choose one of the list."]
    if not 1 <= said.imap_port <= 65_535:
        errors["imap_port"] = ["Enter a port from 1 to 65535."]
    if any(one in said.imap_host for one in " /:@\r\n"):
        errors["imap_host"] = ["Enter the server’s name alone, such as imap.example.com."]
    if said.imap_host and not said.imap_user:
        errors["imap_user"] = ["Enter the user that this mailbox is read as."]
    return errors | _address_mistakes(mailbox_id, said.address)


def _address_mistakes(mailbox_id: UUID | None, address: str) -> dict[str, list[str]]:
    try:
        plain = details.email(address)
    except Invalid as refusal:
        return {"address": [str(refusal)]}
    if plain is None:
        return {"address": ["Enter the address that customers write to."]}
    other = select(Mailbox.mailbox_id).where(func.lower(Mailbox.address) == plain.lower())
    if db.session.scalar(other.where(Mailbox.mailbox_id.is_distinct_from(mailbox_id))):
        return {"address": ["There is a mailbox with this address already."]}
    if queries.kind_of_sender(plain):
        return {"address": ["This is the address of a person. Use one that is the shop’s own."]}
    return {}


def _has_default() -> bool:
    return db.session.scalar(select(Mailbox.mailbox_id).where(Mailbox.is_default)) is not None


def _settle_default(mailbox: Mailbox, *, is_wanted: bool) -> None:
    if is_wanted and not mailbox.is_default:
        db.session.execute(update(Mailbox).where(Mailbox.is_default).values(is_default=False))
        mailbox.is_default = True
        db.session.flush()
