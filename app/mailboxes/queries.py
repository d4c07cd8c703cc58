"""Finding mailboxes, mails, the conversations they belong to, and whether an address can be written to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ScalarSelect, Select, exists, func, literal, null, select
from sqlalchemy.orm import defer

from app.conversations.models import Channel, Communication, Email, Pair
from app.conversations.queries import lookup
from app.core import metrics
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, one_of
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.engine.files import store
from app.engine.files.models import File
from app.engine.files.types import BY_NAME
from app.engine.notices.models import OutgoingMail
from app.mailboxes.models import BouncedAddress, Mail, Mailbox, MailThread, RawMail
from app.people.details import masked_email, without_emails
from app.people.models import Customer, Person, person_registry

LARGEST_INLINE_BYTES = 4 * 1024 * 1024
NEWEST_FIRST = Order((RawMail.received_at, RawMail.raw_id), "When", descending=True)
SENDING = {"queued": ("On its way", "wait"), "sent": ("Sent", "good"), "failed": ("Refused", "bad")}


def list_mailboxes() -> Sequence[Mailbox]:
    """All of them, the one that is used first."""
    return db.session.scalars(select(Mailbox).order_by(Mailbox.is_default.desc(), Mailbox.address)).all()


def get_mailbox(mailbox_id: UUID) -> Mailbox:
    """One of them. Raises: NotFound."""
    mailbox = db.session.get(Mailbox, mailbox_id)
    if mailbox is None:
        raise NotFound
    return mailbox


def find_mailbox(address: str) -> Mailbox | None:
    """The one with an address."""
    return db.session.scalar(select(Mailbox).where(func.lower(Mailbox.address) == address.lower()))


def mailbox_for(channel: Channel | None) -> Mailbox | None:
    """In whose name one writes: the conversation's mailbox, else the usual one; None where there is none."""
    if channel is not None:
        used = select(Mailbox).join(MailThread, MailThread.mailbox_id == Mailbox.mailbox_id)
        found = db.session.scalar(used.where(MailThread.channel_id == channel.channel_id, Mailbox.is_enabled))
        if found is not None:
            return found
    return db.session.scalar(select(Mailbox).where(Mailbox.is_default, Mailbox.is_enabled))


def kind_of_sender(address: str) -> str:
    """Who has an address: "customer", "employee", or "" for nobody."""
    kind = db.session.scalar(select(person_registry.c.kind).where(person_registry.c.email_key == address.lower()))
    return kind or ""


def find_customer(address: str) -> Customer | None:
    """The customer with an address, who was not erased."""
    return db.session.scalar(
        select(Customer).where(func.lower(Customer.email) == address.lower(), Customer.erased_at.is_(None))
    )


def get_customer(address: str) -> Customer:
    """The customer with an address, who was not erased. Raises: NotFound."""
    customer = find_customer(address)
    if customer is None:
        raise NotFound
    return customer


def chain_of(channel_id: UUID) -> list[str]:
    """The message ids of a conversation, the oldest first."""
    query = select(Email.message_id).join(Pair, Pair.comm_id == Email.comm_id)
    query = query.where(Pair.channel_id == channel_id, Email.message_id.is_not(None))
    return [one for one in db.session.scalars(query.order_by(Pair.seq.desc()).limit(20)) if one][::-1]


def last_subject(channel_id: UUID) -> str:
    """What the latest email of a conversation is called."""
    query = select(Email.subject).join(Pair, Pair.comm_id == Email.comm_id).where(Pair.channel_id == channel_id)
    return db.session.scalar(query.order_by(Pair.seq.desc()).limit(1)) or ""


def get_mail(actor: Actor, comm_id: UUID) -> tuple[Mail, Email, Channel | None]:
    """The door to one mail. Raises: NotFound unless an employee may see its conversation, or its customer."""
    row = db.session.execute(
        select(Mail, Email, Channel)
        .join(Email, Email.comm_id == Mail.comm_id)
        .outerjoin(Pair, Pair.comm_id == Mail.comm_id)
        .outerjoin(Channel, Channel.channel_id == Pair.channel_id)
        .where(Mail.comm_id == comm_id)
    ).one_or_none()
    if row is None or not actor.is_staff:
        raise NotFound
    if row.Channel is None and not actor.can("customers.read"):
        raise NotFound
    if row.Channel is not None:
        lookup.get_channel(actor, row.Channel.channel_id)
    return row.Mail, row.Email, row.Channel


def inline_pictures(mail: Mail) -> Mapping[str, tuple[str, bytes]]:
    """The pictures of a mail that its layout shows, by what it calls them: type and bytes, small enough for a page."""
    ids = {UUID(one["file_id"]): one["cid"] for one in mail.attachments if one.get("cid")}
    found, left = {}, LARGEST_INLINE_BYTES
    for file in db.session.scalars(select(File).where(one_of(File.file_id, ids))) if ids else ():
        path = store.path_of(file.stored_as)
        if file.size_bytes <= left and path.is_file() and BY_NAME[file.media_type].is_picture:
            left -= file.size_bytes
            found[ids[file.file_id]] = (file.media_type, path.read_bytes())
    return found


def has_source(comm_id: UUID) -> bool:
    """The mail as it came is still kept."""
    return bool(db.session.scalar(select(exists().where(RawMail.comm_id == comm_id, RawMail.raw.is_not(None)))))


def source_of(comm_id: UUID) -> bytes:
    """A mail as it came. Raises: NotFound once it is no longer kept."""
    raw = db.session.scalar(select(RawMail.raw).where(RawMail.comm_id == comm_id, RawMail.raw.is_not(None)))
    if raw is None:
        raise NotFound
    return raw


def more_about(comm_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    """What a page shows of some mails beyond their words, in one statement."""
    rows = db.session.execute(
        select(Mail, OutgoingMail.state, OutgoingMail.last_error, Mailbox.address)
        .outerjoin(OutgoingMail, OutgoingMail.mail_id == Mail.outgoing_id)
        .outerjoin(Mailbox, Mailbox.mailbox_id == Mail.mailbox_id)
        .where(one_of(Mail.comm_id, comm_ids))
    )
    return {mail.comm_id: _shown(mail, state, error, address) for mail, state, error, address in rows}


def sending_of(mail: Mail) -> tuple[str, str]:
    """How the sending of a mail of ours stands ("queued", "sent", "failed" or "bounced"), and why it failed."""
    if mail.bounced:
        return "bounced", mail.bounced
    sent = db.session.get(OutgoingMail, mail.outgoing_id) if mail.outgoing_id else None
    return (sent.state, sent.last_error or "") if sent else ("", "")


# Everybody who reads the thread sees these; whole addresses stand on the page of the mail, for whom may see them.
def _shown(mail: Mail, state: str | None, error: str | None, address: str | None) -> Mapping[str, Any]:
    label, tone = SENDING.get(state or "", ("", "off"))
    if mail.bounced:
        label, tone, error = "Bounced", "bad", mail.bounced
    return {
        "is_incoming": mail.is_incoming,
        "is_automatic": mail.is_automatic,
        "mailbox": address or "",
        "cc": [masked_email(one) for one in mail.cc_addresses],
        "quoted": mail.quoted,
        "has_html": bool(mail.html),
        "files": [one for one in mail.attachments if not one.get("cid")],
        "left_out": mail.left_out,
        "doubt": mail.doubt,
        "label": label,
        "tone": tone,
        "error": without_emails(error or ""),
    }


def _last_way(channel: Channel) -> ScalarSelect[str]:
    """How a conversation's customer wrote last: "chat" or "email". What programs wrote for them is no choice."""
    said = select(Communication.kind).join(Pair, Pair.comm_id == Communication.comm_id)
    said = said.outerjoin(Mail, Mail.comm_id == Communication.comm_id).where(Mail.is_automatic.is_not(True))
    theirs = said.where(Pair.channel_id == channel.channel_id, Communication.sender_id == channel.customer_id)
    return theirs.order_by(Pair.seq.desc()).limit(1).scalar_subquery()


@dataclass(frozen=True)
class Reach:
    """Whether a customer can be written to by email. `why_not`: in words; `warning`: what to know all the same.

    `is_proposed`: they wrote last by email, in the conversation that was asked about.
    """

    address: str
    why_not: str = ""
    warning: str = ""
    is_proposed: bool = False

    @property
    def can_write(self) -> bool:
        """Nothing stands against it."""
        return not self.why_not


def reach_of(customer: Customer, channel: Channel | None = None) -> Reach:
    """Whether one may write to a customer, and whether it would arrive; in one statement."""
    if customer.is_erased or not customer.is_active:
        return Reach("", "The customer is not active any more.")
    if not customer.email:
        return Reach("", "There is no address to write to. Add one to the customer first.")
    way = _last_way(channel) if channel else null()
    asked = select(literal(customer.email.lower()).label("address"), way.label("way")).subquery()
    bounced, last_way = db.session.execute(
        select(BouncedAddress, asked.c.way)
        .select_from(asked)
        .outerjoin(BouncedAddress, BouncedAddress.address == asked.c.address)
    ).one()
    reach = Reach(customer.email, is_proposed=last_way == "email")
    if bounced is None:
        return reach
    words = f"The last mail to this address came back: {bounced.reason or bounced.status}"
    return Reach(customer.email, words) if bounced.is_final else replace(reach, warning=words)


def bounce_of(actor: Actor, _kind: str, customer_id: BindParameter[UUID]) -> Select[*tuple[Any, ...]]:
    """That a customer's present address could not be reached: one row or none."""
    return (
        select(
            Customer.person_id,
            BouncedAddress.status,
            BouncedAddress.reason,
            BouncedAddress.is_final,
            BouncedAddress.bounced_at,
            literal(actor.can("customers.edit")).label("can_edit"),
        )
        .join(BouncedAddress, BouncedAddress.address == func.lower(Customer.email))
        .where(Customer.person_id == customer_id)
    )


def page_of_raw(mailbox: Mailbox, cursor: str = "", size: int = 25) -> Page[RawMail]:
    """What came to a mailbox by pages, the newest first; without the bytes."""
    query = select(RawMail).options(defer(RawMail.raw)).where(RawMail.mailbox_id == mailbox.mailbox_id)
    return keyset(query, orders={"at": NEWEST_FIRST}, sort="at", cursor=cursor, size=size).scalars()


def is_replayed(signature: str) -> bool:
    """A signed request was taken before."""
    return bool(db.session.scalar(select(exists().where(RawMail.hook_signature == signature))))


def list_fetched() -> Sequence[UUID]:
    """The mailboxes whose mail is fetched."""
    return db.session.scalars(select(Mailbox.mailbox_id).where(Mailbox.is_enabled, Mailbox.imap_host != "")).all()


def name_of(person_id: UUID | None) -> str:
    """One person's name."""
    return db.session.scalar(select(Person.name).where(Person.person_id == person_id)) or ""


@metrics.collector
def collect() -> Iterable[tuple[str, str, dict[str, str], float]]:
    """How the mailboxes are and what came in a day, for `/metrics`."""
    failing = select(func.count()).select_from(Mailbox).where(Mailbox.is_enabled, Mailbox.last_error != "")
    yield "rapport_mailboxes_failing", "Mailboxes that cannot be read", {}, db.session.scalar(failing) or 0
    recent = select(RawMail.outcome, func.count()).where(RawMail.received_at > now() - timedelta(days=1))
    for outcome, number in db.session.execute(recent.group_by(RawMail.outcome)):
        yield "rapport_mails_last_day", "Mails that came in a day, by what became of them", {"outcome": outcome}, number
