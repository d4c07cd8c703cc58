"""Writing to customers by email: the one way a mail of people's own words goes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formataddr
from typing import IO, Any
from uuid import UUID

from flask import current_app, render_template
from sqlalchemy import select

from app.conversations import doorbell
from app.conversations.actions import channels, messages, writing
from app.conversations.models import Channel, Email
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.core.crypto import keyring
from app.core.db import db, new_id
from app.core.errors import Conflict, Invalid, TooLarge
from app.engine.events import actions as events
from app.engine.files import actions as files
from app.engine.files.models import File
from app.engine.notices import actions as notices
from app.engine.records.kinds import KINDS, Record
from app.mailboxes import queries
from app.mailboxes.models import Mail, Mailbox, MailThread
from app.mailboxes.threading import subject_key
from app.people import details
from app.people.consent import links
from app.people.consent.leave import require_leave
from app.people.consent.models import Consent
from app.people.models import Customer

MOST_COPIES = 20
MOST_FILES = 10
NO_MORE = "You get this because you agreed to news and offers. If you want no more of them:"
LARGEST_FILES_BYTES = 15 * 1024 * 1024


@dataclass(frozen=True)
class Draft:
    """What somebody wants to send. `files`: name and content of each; `client_key`: their own name for it.

    `purpose`: why, as `consent.purposes` has it; news and offers go only to who agreed to them.
    """

    subject: str
    content: str
    cc: str = ""
    bcc: str = ""
    files: Sequence[tuple[str, IO[bytes]]] = ()
    client_key: str | None = None
    purpose: str = "service"


@dataclass(frozen=True)
class Sent:
    """A mail of ours with all that belongs to it. `chain`: the ids of what was said before it; `consent`: its leave."""

    email: Email
    customer: Customer
    mailbox: Mailbox | None
    chain: Sequence[str]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    files: Sequence[File] = ()
    is_automatic: bool = False
    consent: Consent | None = None


class Unreachable(Conflict):
    """A mail would not arrive, or may not be written."""

    title = "This customer cannot be written to"


def send_mail(customer: Customer, draft: Draft, *, actor: Actor, channel: Channel | None = None) -> Email:
    """Write to a customer's address; the mail leaves with the commit. The same `client_key` again sends nothing.

    Within a conversation it answers what was said there by email, in the name of its mailbox.
    Raises: Unreachable; Invalid by field; ChannelClosed; TooLarge; Conflict when nobody has accepted it.
    """
    reach = queries.reach_of(customer)
    if not reach.can_write:
        raise Unreachable(reach.why_not)
    consent = require_leave(customer, "email", draft.purpose)
    mailbox = queries.mailbox_for(channel)
    message_id = _message_id(mailbox, draft.client_key, actor)
    sent = db.session.scalar(select(Email).where(Email.message_id == message_id))
    if sent is not None:
        return sent
    cc, bcc = _copies(draft.cc, "cc"), _copies(draft.bcc, "bcc")
    held = _held(channel, actor) if channel is not None else None
    email = Email(
        sender_id=actor.id,
        receiver_id=customer.person_id,
        subject=messages.heading(draft.subject),
        content=writing.clean(draft.content),
        message_id=message_id,
        at=now(),
    )
    chain = queries.chain_of(held.channel_id) if held else []
    email.in_reply_to = chain[-1] if chain else None
    _store(email, held, actor)
    record = _record(customer, held)
    kept = [files.add_file(record, name, content, actor=actor) for name, content in _checked(draft.files)]
    _send(Sent(email, customer, mailbox, chain, cc, bcc, kept, consent=consent), actor)
    events.emit("email.sent", actor=actor, subject_id=customer.person_id, comm_id=str(email.comm_id))
    return email


def reply_by_program(mailbox: Mailbox, channel: Channel, customer: Customer, subject: str, content: str) -> None:
    """Answer a mail automatically: it says so of itself, and is nobody's word in the conversation."""
    chain = queries.chain_of(channel.channel_id)
    email = Email(
        sender_id=None,
        receiver_id=customer.person_id,
        subject=subject,
        content=content,
        message_id=_message_id(mailbox, None, SYSTEM),
        in_reply_to=chain[-1] if chain else None,
        at=now(),
    )
    writing.pair(channel, email, is_automatic=True)
    _send(Sent(email, customer, mailbox, chain, is_automatic=True), SYSTEM)


def _held(channel: Channel, actor: Actor) -> Channel:
    """The conversation, open and with whoever writes in it."""
    held = messages.hold(channel)
    if held.is_closed:
        raise channels.ChannelClosed("It is closed. Reopen it to write.")
    if held.is_waiting:
        raise Conflict("Accept the conversation before you answer.")
    return held


def _store(email: Email, channel: Channel | None, actor: Actor) -> None:
    if channel is None:
        db.session.add(email)
        db.session.flush()
        return
    place = writing.pair(channel, email)
    if db.session.get(MailThread, channel.channel_id) is None:
        mailbox = queries.mailbox_for(None)
        belongs = {"mailbox_id": mailbox.mailbox_id if mailbox else None, "subject_key": subject_key(email.subject)}
        db.session.add(MailThread(channel_id=channel.channel_id, **belongs))
    doorbell.ring(channel.channel_id, place.member_ids)


def _message_id(mailbox: Mailbox | None, client_key: str | None, actor: Actor) -> str:
    """The same for the same key of the same person, and nothing that others could guess."""
    key = f"{actor.id} {client_key}" if client_key else str(new_id())
    sender = mailbox.address if mailbox else current_app.extensions["rapport"].mail_from
    domain = sender.rpartition("@")[2].rstrip(">")
    return f"<{keyring.blind_index(key, 'mails.message_id').hex()[:40]}@{domain}>"


def _copies(text: str, name: str) -> tuple[str, ...]:
    addresses = [one for one in text.replace(";", ",").split(",") if one.strip()]
    if len(addresses) > MOST_COPIES:
        raise Invalid(errors={name: [f"At most {MOST_COPIES} addresses get a copy."]})
    try:
        return tuple(dict.fromkeys(details.email(one) or "" for one in addresses))
    except Invalid:
        raise Invalid(errors={name: ["Enter addresses such as name@example.com, with commas between them."]}) from None


def _checked(sent: Sequence[tuple[str, IO[bytes]]]) -> Sequence[tuple[str, IO[bytes]]]:
    if len(sent) > MOST_FILES:
        raise Invalid(errors={"files": [f"A mail takes {MOST_FILES} files at most."]})
    size = 0
    for _name, content in sent:
        size += content.seek(0, 2)
        content.seek(0)
    if size > LARGEST_FILES_BYTES:
        raise TooLarge(f"The files of a mail may have {LARGEST_FILES_BYTES >> 20} MB together.")
    return sent


def _record(customer: Customer, channel: Channel | None) -> Record:
    if channel is None:
        return KINDS["customer"].record(customer.person_id, customer.name)
    return KINDS["conversation"].record(channel.channel_id, channel.topic)


def _send(sent: Sent, signer: Actor) -> None:
    """Queue it, and write down what the conversation shows of it."""
    mailbox, customer = sent.mailbox, sent.customer
    outgoing_id = _queue(sent, signer)
    told: list[dict[str, Any]] = [
        {"file_id": str(one.file_id), "name": one.name, "size_bytes": one.size_bytes, "cid": ""} for one in sent.files
    ]
    db.session.add(
        Mail(
            comm_id=sent.email.comm_id,
            mailbox_id=mailbox.mailbox_id if mailbox else None,
            is_incoming=False,
            is_automatic=sent.is_automatic,
            from_name=mailbox.name if mailbox else "",
            from_address=mailbox.address if mailbox else "",
            to_addresses=[customer.email or ""],
            cc_addresses=list(sent.cc),
            bcc_addresses=list(sent.bcc),
            reference_ids=list(sent.chain),
            attachments=told,
            outgoing_id=outgoing_id,
        )
    )
    db.session.flush()


def _queue(sent: Sent, signer: Actor) -> UUID | None:
    email, mailbox = sent.email, sent.mailbox
    signature = (mailbox.signature if mailbox else "") or signer.name
    no_more = links.address_of(sent.consent, sent.customer.email) if sent.consent else ""
    words = f"{email.content}\n\n-- \n{signature}\n" + (f"\n{NO_MORE} {no_more}\n" if no_more else "")
    layout = render_template(
        "mailboxes/letter.html", content=email.content, signature=signature, no_more=no_more, ask=NO_MORE
    )
    envelope = notices.Envelope(
        sender=_sender(mailbox, signer),
        message_id=email.message_id or "",
        cc=sent.cc,
        bcc=sent.bcc,
        in_reply_to=email.in_reply_to or "",
        references=tuple(sent.chain),
        files=tuple({"stored_as": one.stored_as, "name": one.name, "media_type": one.media_type} for one in sent.files),
        is_automatic=sent.is_automatic,
    )
    letter = notices.Letter(email.subject, words, layout)
    to, key = sent.customer.email or "", f"email:{email.comm_id}"
    return notices.send_letter(to, letter, envelope, person_id=sent.customer.person_id, key=key)


def _sender(mailbox: Mailbox | None, signer: Actor) -> str:
    if mailbox is None:
        return str(current_app.extensions["rapport"].mail_from)
    name = f"{signer.name} · {mailbox.name}" if signer.id and signer.name else mailbox.name
    return formataddr((name, mailbox.address), charset="utf-8")
