"""Taking mails in: from the bytes to the conversations they belong to, each once."""

import io
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.conversations import doorbell
from app.conversations.actions import channels, elsewhere, writing
from app.conversations.models import Channel, Email
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.core.db import Base, copy_all_in, copy_in, db, new_id
from app.core.errors import DomainError
from app.engine.events import actions as events
from app.engine.files import actions as files
from app.engine.files.types import BY_NAME
from app.engine.records.kinds import KINDS
from app.mailboxes import queries
from app.mailboxes.actions import answering, bouncing, keeping
from app.mailboxes.actions.keeping import Arrived, Filed
from app.mailboxes.known import Known, Sender
from app.mailboxes.models import Mail, Mailbox, MailThread
from app.mailboxes.reading.parsed import ParsedFile, ParsedMail
from app.mailboxes.reading.parsing import parse
from app.mailboxes.threading import subject_key
from app.people import actions as people
from app.people.models import Customer

ELSEWHERE = "It answers a conversation with somebody else. The sender may not be who they seem."
FORGED = "The sender’s mail domain says that this mail is not theirs. Check before you trust it."
WORDLESS = "(no text)"
NO_SUBJECT = "(no subject)"


def take_in(mailbox: Mailbox, arrived: Arrived) -> Filed | None:
    """Keep a mail and put it where it belongs, in the present transaction; None when it was here before."""
    return take_in_all(mailbox, [arrived])[0]


def take_in_all(mailbox: Mailbox, arrived: Sequence[Arrived]) -> list[Filed | None]:
    """Keep some mails and put them where they belong, in their order; None for each that was here before."""
    mails = [(one, parse(one.raw)) for one in arrived]
    kept = keeping.keep_all(mailbox, mails)
    new = {raw_id: said for raw_id, (one, said) in zip(kept, mails, strict=True) if raw_id and one.is_whole}
    with db.session.no_autoflush:
        filing = _Filing(mailbox, list(new.values()))
        filed = {raw_id: filing.file(said) for raw_id, said in new.items()}
        filing.end()
        keeping.settle(list(filed.items()))
    return [filed.get(raw_id, Filed(keeping.TOO_LARGE)) if raw_id else None for raw_id in kept]


class _Filing:
    """Some mails on their way to where they belong.

    What begins or hangs on a conversation waits here and is written for all of them together, or as soon as
    something asks for it.
    """

    def __init__(self, mailbox: Mailbox, mails: Sequence[ParsedMail]) -> None:
        self.mailbox, self.mails = mailbox, mails
        self.known = Known(mailbox.mailbox_id, mails)
        self.begun: dict[UUID, list[Base]] = {}
        self.details: list[Mail] = []
        self.unanswered: list[tuple[Channel, Customer, ParsedMail]] = []

    def file(self, said: ParsedMail) -> Filed:
        """Put a mail where it belongs."""
        if said.bounces:
            return self._file_bounce(said)
        if not said.from_address:
            return Filed("held back: no sender")
        sender = self.known.sender(said.from_address)
        if sender.is_ours:
            return Filed("held back: in our own name")
        if sender.kind == "employee":
            return Filed("held back: in an employee’s name")
        if said.automatic:
            return self._file_automatic(said, sender.customer)
        customer = sender.customer or self._register(said)
        if sender.has_bounced:
            bouncing.forget_bounce(said.from_address)
        channel, doubt = self._find_channel(said, customer)
        if channel is None:
            return Filed("new conversation", self._begin(said, customer, doubt))
        return Filed("answer", self._go_on(channel, said, customer, doubt))

    def end(self) -> None:
        """Write what waits, then answer what is answered automatically."""
        self._write()
        for channel, customer, said in self.unanswered:
            answering.reply_automatically(self.mailbox, channel, customer, said)

    def _write(self) -> None:
        copy_all_in([row for rows in self.begun.values() for row in rows])
        copy_in(self.details)
        self.begun, self.details = {}, []

    def _file_bounce(self, said: ParsedMail) -> Filed:
        self._write()
        filed = Filed("bounce", bouncing.note_bounces(said.bounces, said.answered_ids))
        self.known = Known(self.mailbox.mailbox_id, self.mails)
        return filed

    def _file_automatic(self, said: ParsedMail, customer: Customer | None) -> Filed:
        """What a program wrote stands in the conversation it answers, where there is one, and is nobody's turn."""
        answered = self.known.answered(customer, said.answered_ids)[0] if customer else None
        if customer is None or answered is None or answered.channel is None or said.is_forged:
            return Filed("automatic")
        return Filed("automatic", self._go_on(answered.channel, said, customer, ""))

    def _register(self, said: ParsedMail) -> Customer:
        first, _space, last = said.from_name.partition(" ")
        details = people.CustomerDetails(first, last, said.from_address, stage="lead")
        try:
            customer = people.register_customer(details, actor=SYSTEM, source="email")
        except people.EmailTaken:  # another mail of theirs came in the same moment
            customer = queries.get_customer(said.from_address)
        self.known.senders[said.from_address] = Sender(kind="customer", customer=customer)
        return customer

    def _find_channel(self, said: ParsedMail, customer: Customer) -> tuple[Channel | None, str]:
        """The conversation a mail goes on with, None where it begins one, and what is doubtful about its sender."""
        answered, is_elsewhere = self.known.answered(customer, said.answered_ids)
        doubt = FORGED if said.is_forged else "" if answered else ELSEWHERE if is_elsewhere else ""
        channel = None
        if answered is not None and not doubt:
            channel = answered.channel or self._begun_by_us(answered.email, customer)
        channel = channel or self.known.find_going_on(customer, subject_key(said.subject), doubt)
        return (channel if channel is not None and _goes_on(channel, customer) else None), doubt

    def _begun_by_us(self, email: Email, customer: Customer) -> Channel:
        """The conversation that begins with a mail of ours once it is answered: with whoever wrote it."""
        channel = channels.begin_elsewhere(
            customer.person_id, kind="email", topic=email.subject, actor=_as(customer), owner_id=email.sender_id
        )
        db.session.add(self._thread(channel, email.subject, ""))
        writing.pair_earlier(channel, email)
        self.known.note(email, channel, None)
        return channel

    def _thread(self, channel: Channel, subject: str, doubt: str) -> MailThread:
        place = {"channel_id": channel.channel_id, "mailbox_id": self.mailbox.mailbox_id}
        return MailThread(**place, subject_key=subject_key(subject), doubt=doubt)

    def _begin(self, said: ParsedMail, customer: Customer, doubt: str) -> UUID:
        email = self._email(said, customer, None)
        topic = said.subject[: channels.LONGEST_TOPIC - 1] or NO_SUBJECT
        channel, rows = elsewhere.begin(email, kind="email", topic=topic, actor=_as(customer))
        thread = self._thread(channel, said.subject, doubt)
        self.begun[channel.channel_id] = [*rows, thread]
        self.known.note(email, channel, thread)
        self._detail(email, channel, said, customer, doubt)
        if self.mailbox.auto_reply and not doubt:
            self.unanswered.append((channel, customer, said))
        return email.comm_id

    def _go_on(self, channel: Channel, said: ParsedMail, customer: Customer, doubt: str) -> UUID:
        if channel.channel_id in self.begun:
            self._write()
        email = self._email(said, customer, channel.owner_id)
        place = writing.pair(channel, email, is_automatic=bool(said.automatic))
        doorbell.ring(channel.channel_id, place.member_ids, queue=channel.is_waiting)
        self.known.note(email, channel, None)
        self._detail(email, channel, said, customer, doubt)
        return email.comm_id

    def _email(self, said: ParsedMail, customer: Customer, receiver_id: UUID | None) -> Email:
        is_known = said.message_id in self.known.emails
        return Email(
            comm_id=new_id(),
            sender_id=customer.person_id,
            receiver_id=receiver_id,
            subject=said.subject,
            content=said.words or WORDLESS,
            message_id=None if is_known else said.message_id or None,
            in_reply_to=next(iter(said.answered_ids), None),
            at=now(),
        )

    def _detail(self, email: Email, channel: Channel, said: ParsedMail, customer: Customer, doubt: str) -> None:
        """Keep what a mail has beyond its words, and say that it came."""
        kept, left_out = _keep_files(said.files, channel, customer)
        self.details.append(
            Mail(
                comm_id=email.comm_id,
                mailbox_id=self.mailbox.mailbox_id,
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
        events.emit(
            "email.received",
            actor=_as(customer),
            subject_id=customer.person_id,
            channel_id=str(channel.channel_id),
            comm_id=str(email.comm_id),
        )


def _goes_on(channel: Channel, customer: Customer) -> bool:
    """The conversation takes one more mail: reopened where it is closed, unless that is too long ago."""
    if not channel.is_closed:
        return True
    if not channels.may_reopen(channel, now()):
        return False
    channels.reopen_channel(channel, actor=_as(customer))
    return True


def _as(customer: Customer) -> Actor:
    return Actor(id=customer.person_id, kind="customer", name=customer.name)


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
