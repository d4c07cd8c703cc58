"""Taking mails in: from the bytes to the conversation they belong to, each once."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from app.conversations import doorbell
from app.conversations.actions import channels, messages, writing
from app.conversations.models import Channel, Email
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.core.db import db, new_id
from app.core.errors import DomainError
from app.engine.events import actions as events
from app.engine.files import actions as files
from app.engine.files.types import BY_NAME
from app.engine.records.kinds import KINDS
from app.mailboxes import queries
from app.mailboxes.actions import answering, bouncing
from app.mailboxes.models import Mail, Mailbox, MailThread, RawMail
from app.mailboxes.reading.parsed import ParsedFile, ParsedMail
from app.mailboxes.reading.parsing import parse
from app.mailboxes.threading import subject_key
from app.people import actions as people
from app.people.models import Customer

ELSEWHERE = "It answers a conversation with somebody else. The sender may not be who they seem."
FORGED = "The sender’s mail domain says that this mail is not theirs. Check before you trust it."
WORDLESS = "(no text)"
NO_SUBJECT = "(no subject)"


@dataclass(frozen=True)
class Arrival:
    """How a mail came: by IMAP with its number, or by a signed request."""

    source: str
    uid: int | None = None
    uid_validity: int | None = None
    signature: str | None = None


@dataclass(frozen=True)
class Filed:
    """What became of a mail: a word for lists, and the email it is now, if it is one."""

    outcome: str
    comm_id: UUID | None = None


def take_in(mailbox: Mailbox, raw: bytes, arrival: Arrival) -> RawMail | None:
    """Keep a mail and put it where it belongs, in the present transaction; None when it was here before."""
    said = parse(raw)
    kept = _keep(mailbox, raw, said, arrival, "taken in")
    if kept is None:
        return None
    filed = _file(mailbox, said)
    db.session.execute(
        update(RawMail).where(RawMail.raw_id == kept).values(outcome=filed.outcome, comm_id=filed.comm_id)
    )
    return db.session.get(RawMail, kept, populate_existing=True)


def note_too_large(mailbox: Mailbox, head: bytes, arrival: Arrival) -> None:
    """Keep that a mail came which is too large, with its head."""
    _keep(mailbox, head, parse(head), arrival, "held back: too large")


def note_broken(mailbox: Mailbox, raw: bytes, arrival: Arrival) -> None:
    """Keep a mail that could not be put where it belongs, so that somebody can look at it."""
    _keep(mailbox, raw, ParsedMail(), arrival, "held back: not understood")


def _keep(mailbox: Mailbox, raw: bytes, said: ParsedMail, arrival: Arrival, outcome: str) -> UUID | None:
    digest = hashlib.sha256(raw).digest()
    # The sender belongs to the key: nobody keeps a mail out by sending one of the same id before it.
    key = f"{said.message_id} {said.from_address}" if said.message_id else digest.hex()
    values: dict[str, Any] = {
        "raw_id": new_id(),
        "mailbox_id": mailbox.mailbox_id,
        "mail_key": key[:600],
        "sha256": digest,
        "size_bytes": len(raw),
        "raw": raw,
        "source": arrival.source,
        "outcome": outcome,
        "sender": said.from_address,
        "subject": said.subject,
        "uid": arrival.uid,
        "uid_validity": arrival.uid_validity,
        "hook_signature": arrival.signature,
        "received_at": now(),
    }
    statement = insert(RawMail).values(values).on_conflict_do_nothing().returning(RawMail.raw_id)
    return db.session.scalar(statement)


def _file(mailbox: Mailbox, said: ParsedMail) -> Filed:
    if said.bounces:
        return Filed("bounce", bouncing.note_bounces(said.bounces, said.answered_ids))
    if not said.from_address:
        return Filed("held back: no sender")
    if queries.is_own_address(said.from_address):
        return Filed("held back: in our own name")
    sender = queries.find_customer(said.from_address)
    if sender is None and queries.kind_of_sender(said.from_address) == "employee":
        return Filed("held back: in an employee’s name")
    if said.automatic:
        return _file_automatic(mailbox, said, sender)
    customer = sender or _register(said)
    bouncing.forget_bounce(said.from_address)
    channel, doubt, is_new = _channel_for(mailbox, said, customer)
    comm_id = _store(mailbox, said, customer, channel, doubt)
    if is_new and not doubt:
        answering.reply_automatically(mailbox, channel, customer, said)
    return Filed("new conversation" if is_new else "answer", comm_id)


def _file_automatic(mailbox: Mailbox, said: ParsedMail, customer: Customer | None) -> Filed:
    """What a program wrote stands in the conversation it answers, where there is one, and is nobody's turn."""
    answered = queries.find_answered(customer.person_id, said.answered_ids)[0] if customer else None
    if customer is None or answered is None or answered.channel is None or said.is_forged:
        return Filed("automatic")
    return Filed("automatic", _store(mailbox, said, customer, messages.hold(answered.channel), ""))


def _register(said: ParsedMail) -> Customer:
    first, _space, last = said.from_name.partition(" ")
    details = people.CustomerDetails(first, last, said.from_address, stage="lead")
    try:
        return people.register_customer(details, actor=SYSTEM, source="email")
    except people.EmailTaken:  # another mail of theirs came in the same moment
        customer = queries.find_customer(said.from_address)
        if customer is None:
            raise
        return customer


def _channel_for(mailbox: Mailbox, said: ParsedMail, customer: Customer) -> tuple[Channel, str, bool]:
    """The conversation a mail goes on with or begins, what is doubtful about its sender, and whether it begins it."""
    answered, is_elsewhere = queries.find_answered(customer.person_id, said.answered_ids)
    doubt = FORGED if said.is_forged else "" if answered else ELSEWHERE if is_elsewhere else ""
    key = subject_key(said.subject)
    channel = None
    if answered is not None and not doubt:
        channel = answered.channel or _begun_by_us(mailbox, answered.email, customer)
    channel = channel or queries.find_going_on(customer.person_id, mailbox.mailbox_id, key, doubt)
    if channel is not None and _goes_on(channel, customer):
        return channel, doubt, False
    topic = said.subject[: channels.LONGEST_TOPIC - 1] or NO_SUBJECT
    channel = channels.begin_elsewhere(customer.person_id, kind="email", topic=topic, actor=_as(customer))
    db.session.add(
        MailThread(channel_id=channel.channel_id, mailbox_id=mailbox.mailbox_id, subject_key=key, doubt=doubt)
    )
    return channel, doubt, True


def _begun_by_us(mailbox: Mailbox, email: Email, customer: Customer) -> Channel:
    """The conversation that begins with a mail of ours once it is answered: with whoever wrote it."""
    channel = channels.begin_elsewhere(
        customer.person_id, kind="email", topic=email.subject, actor=_as(customer), owner_id=email.sender_id
    )
    place = {"mailbox_id": mailbox.mailbox_id, "subject_key": subject_key(email.subject)}
    db.session.add(MailThread(channel_id=channel.channel_id, **place))
    writing.pair_earlier(channel, email)
    return channel


def _goes_on(channel: Channel, customer: Customer) -> bool:
    """The conversation takes one more mail: reopened where it is closed, unless that is too long ago."""
    held = messages.hold(channel)
    if not held.is_closed:
        return True
    if not channels.may_reopen(held, now()):
        return False
    channels.reopen_channel(held, actor=_as(customer))
    return True


def _as(customer: Customer) -> Actor:
    return Actor(id=customer.person_id, kind="customer", name=customer.name)


def _store(mailbox: Mailbox, said: ParsedMail, customer: Customer, channel: Channel, doubt: str) -> UUID:
    is_known = bool(said.message_id) and queries.has_message_id(said.message_id)
    email = Email(
        sender_id=customer.person_id,
        receiver_id=channel.owner_id,
        subject=said.subject,
        content=said.words or WORDLESS,
        message_id=said.message_id or None if not is_known else None,
        in_reply_to=next(iter(said.answered_ids), None),
        at=now(),
    )
    place = writing.pair(channel, email, is_automatic=bool(said.automatic))
    kept, left_out = _keep_files(said.files, channel, customer)
    db.session.add(
        Mail(
            comm_id=email.comm_id,
            mailbox_id=mailbox.mailbox_id,
            is_incoming=True,
            is_automatic=bool(said.automatic),
            from_name=said.from_name,
            from_address=said.from_address,
            to_addresses=list(said.to),
            cc_addresses=list(said.cc),
            reference_ids=list(said.answered_ids),
            quoted=said.quoted,
            html=said.html,
            attachments=kept,
            left_out=" ".join([*said.left_out, *left_out]),
            doubt=doubt,
        )
    )
    db.session.flush()
    events.emit(
        "email.received",
        actor=_as(customer),
        subject_id=customer.person_id,
        channel_id=str(channel.channel_id),
        comm_id=str(email.comm_id),
    )
    doorbell.ring(channel.channel_id, place.member_ids, queue=channel.is_waiting)
    return email.comm_id


def _keep_files(
    found: tuple[ParsedFile, ...], channel: Channel, customer: Customer
) -> tuple[list[dict[str, Any]], list[str]]:
    """The files of a mail as files of its conversation, and a word about each that is not taken."""
    record = KINDS["conversation"].record(channel.channel_id, channel.topic)
    kept, left_out = [], []
    for one in found:
        try:
            file = files.add_file(record, one.name, io.BytesIO(one.content), actor=_as(customer))
        except DomainError as refusal:
            left_out.append(f"“{one.name}” was not kept. {refusal}")
            continue
        is_shown = BY_NAME[file.media_type].is_picture and bool(one.content_id)
        told = {"file_id": str(file.file_id), "name": file.name, "size_bytes": file.size_bytes}
        kept.append({**told, "cid": one.content_id if is_shown else ""})
    return kept, left_out
