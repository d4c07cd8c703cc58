"""What is known about some mails before they are filed: who wrote them, what they answer, what goes on.

It is asked for all of them together, and kept up as they are filed, so that one may answer another of them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Text, and_, exists, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.conversations.models import Channel, Email, Pair
from app.core.clock import now
from app.core.db import db, one_of
from app.mailboxes.models import BouncedAddress, Mailbox, MailThread
from app.mailboxes.reading.parsed import ParsedMail
from app.mailboxes.threading import subject_key
from app.people.models import Customer, person_registry

GOES_ON_FOR = timedelta(days=14)


@dataclass(frozen=True)
class Sender:
    """Whose an address is: the shop's own, of a `kind` of person, or nobody's. Customers who were erased have none."""

    is_ours: bool = False
    kind: str = ""
    customer: Customer | None = None
    has_bounced: bool = False


@dataclass(frozen=True)
class Answered:
    """An email that a mail answers, and the conversation it is part of, if it is."""

    email: Email
    channel: Channel | None


class Known:
    """What is known about some mails to one mailbox; the conversations it names are held until the commit."""

    def __init__(self, mailbox_id: UUID, mails: Sequence[ParsedMail]) -> None:
        self._mailbox_id = mailbox_id
        self.senders = find_senders({said.from_address for said in mails})
        customers = [sender.customer.person_id for sender in self.senders.values() if sender.customer]
        emails = _find_emails({one for said in mails for one in (said.message_id, *said.answered_ids) if one})
        going_on = self._find_going_on(customers, {subject_key(said.subject) for said in mails} - {""})
        named = {channel_id for _email, channel_id in emails if channel_id} | set(going_on.values())
        held = _hold(named)
        self.emails = {
            str(one.message_id): Answered(one, held[channel_id] if channel_id else None) for one, channel_id in emails
        }
        self.going_on = {key: held[channel_id] for key, channel_id in going_on.items()}

    def sender(self, address: str) -> Sender:
        """Whose an address is."""
        return self.senders.get(address, Sender())

    def answered(self, customer: Customer, ids: Sequence[str]) -> tuple[Answered | None, bool]:
        """The nearest of these that is in this customer's conversations, and whether one is in somebody else's."""
        found = [self.emails[one] for one in ids if one in self.emails]
        own = [one for one in found if _is_of(customer.person_id, one)]
        return next(iter(own), None), len(own) < len(found)

    def find_going_on(self, customer: Customer, key: str, doubt: str) -> Channel | None:
        """The latest open conversation by email with the same sender and subject; of doubtful ones, another such."""
        return self.going_on.get((customer.person_id, key, doubt))

    def note(self, email: Email, channel: Channel, begun: MailThread | None) -> None:
        """That an email was filed just now, and where; with `begun`, that its conversation begins with it."""
        if email.message_id:
            self.emails[email.message_id] = Answered(email, channel)
        if begun and begun.subject_key and email.sender_id:
            self.going_on[email.sender_id, begun.subject_key, begun.doubt] = channel

    def _find_going_on(self, customers: Collection[UUID], keys: Collection[str]) -> dict[tuple[UUID, str, str], UUID]:
        query = (
            select(Channel.customer_id, MailThread.subject_key, MailThread.doubt, Channel.channel_id)
            .join(MailThread, MailThread.channel_id == Channel.channel_id)
            .where(
                one_of(Channel.customer_id, customers),
                Channel.state != "closed",
                Channel.last_at > now() - GOES_ON_FOR,
                MailThread.mailbox_id == self._mailbox_id,
                one_of(MailThread.subject_key, keys),
            )
            .order_by(Channel.last_at)
        )
        return {(who, key, doubt): channel_id for who, key, doubt, channel_id in db.session.execute(query) if who}


def find_senders(addresses: Collection[str]) -> dict[str, Sender]:
    """Whose some addresses are."""
    asked = select(func.unnest(literal(list(addresses), ARRAY(Text))).label("address")).subquery()
    is_ours = exists().where(func.lower(Mailbox.address) == asked.c.address)
    kind, bounced = func.coalesce(person_registry.c.kind, ""), BouncedAddress.address.is_not(None)
    is_theirs = and_(Customer.person_id == person_registry.c.person_id, Customer.erased_at.is_(None))
    rows = db.session.execute(
        select(asked.c.address, is_ours, kind, Customer, bounced)
        .outerjoin(person_registry, person_registry.c.email_key == asked.c.address)
        .outerjoin(Customer, is_theirs)
        .outerjoin(BouncedAddress, BouncedAddress.address == asked.c.address)
    )
    return {address: Sender(*about) for address, *about in rows}


def _find_emails(ids: Collection[str]) -> list[tuple[Email, UUID | None]]:
    query = select(Email, Pair.channel_id).outerjoin(Pair, Pair.comm_id == Email.comm_id)
    return [(email, channel_id) for email, channel_id in db.session.execute(query.where(one_of(Email.message_id, ids)))]


def _hold(channel_ids: Collection[UUID]) -> dict[UUID, Channel]:
    """Always in one order, so that two who hold many never wait for each other."""
    query = select(Channel).where(one_of(Channel.channel_id, channel_ids)).order_by(Channel.channel_id)
    held = db.session.scalars(query.with_for_update().execution_options(populate_existing=True))
    return {channel.channel_id: channel for channel in held}


def _is_of(customer_id: UUID, answered: Answered) -> bool:
    is_between = customer_id in (answered.email.sender_id, answered.email.receiver_id)
    return is_between and (answered.channel is None or answered.channel.customer_id == customer_id)
