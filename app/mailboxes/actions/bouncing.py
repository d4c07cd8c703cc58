"""Addresses that could not be reached."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.conversations import doorbell
from app.conversations.models import Email, Pair
from app.conversations.queries import lookup
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db, one_of
from app.engine.events import actions as events
from app.engine.events.models import Event
from app.engine.notices.models import OutgoingMail
from app.mailboxes import queries
from app.mailboxes.models import BouncedAddress, Mail
from app.mailboxes.reading.parsed import Bounce
from app.people.details import without_emails

REFUSED = "5.0.0"
RECIPIENT_REFUSED = range(550, 555)


def note_bounces(bounces: Sequence[Bounce], lost_ids: Sequence[str]) -> UUID | None:
    """Remember who was not reached, where a mail of ours is what did not arrive; returns that mail.

    A report on another mail is told to whoever may know it, and says nothing by itself: anybody could write it.
    """
    lost = db.session.execute(
        select(Mail, Email)
        .join(Email, Email.comm_id == Mail.comm_id)
        .where(one_of(Email.message_id, lost_ids), Mail.is_incoming.is_(False))
    ).first()
    if lost is None or any(bounce.is_complaint for bounce in bounces):
        _tell_others(bounces, lost_ids)
        return None
    mail, email = lost
    written_to = {one.lower() for one in (*mail.to_addresses, *mail.cc_addresses, *mail.bcc_addresses)}
    for bounce in bounces:
        if bounce.address in written_to:
            mail.bounced = _words(bounce)
            _remember(bounce)
    _tell_pages(email.comm_id)
    return email.comm_id if mail.bounced else None


def _tell_others(bounces: Sequence[Bounce], lost_ids: Sequence[str]) -> None:
    if len(bounces) == 1 and lost_ids:
        (bounce,) = bounces
        events.emit(
            "email.returned",
            actor=SYSTEM,
            subject_id=None,
            message_id=lost_ids[0],
            status=bounce.status,
            words=_words(bounce)[:300],
            is_final=bounce.is_final,
            is_complaint=bounce.is_complaint,
        )


def note_refusal(event: Event) -> None:
    """A server refused a letter at once: remember its recipient as not to be reached."""
    mail = db.session.get(OutgoingMail, UUID(event.payload["mail_id"]))
    comm_id = db.session.scalar(select(Mail.comm_id).where(Mail.outgoing_id == mail.mail_id)) if mail else None
    if mail is None or comm_id is None:
        return
    if event.payload["code"] in RECIPIENT_REFUSED and mail.address:
        _remember(Bounce(mail.address.lower(), REFUSED, mail.last_error or "", True))
    _tell_pages(comm_id)


def forget_bounce(address: str) -> None:
    """Somebody who writes can be written to again."""
    db.session.execute(delete(BouncedAddress).where(BouncedAddress.address == address.lower()))


def _remember(bounce: Bounce) -> None:
    customer = queries.find_customer(bounce.address)
    values = {
        "person_id": customer.person_id if customer else None,
        "status": bounce.status,
        "reason": _words(bounce)[:300],
        "is_final": bounce.is_final,
        "bounced_at": now(),
    }
    statement = insert(BouncedAddress).values(address=bounce.address, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["address"], set_=values))
    if customer is not None:
        events.emit("email.bounced", actor=SYSTEM, subject_id=customer.person_id, status=bounce.status)


def _words(bounce: Bounce) -> str:
    """What the server said, without the address: not everybody who reads this may see it whole."""
    return without_emails(bounce.reason) or bounce.status


def _tell_pages(comm_id: UUID) -> None:
    channel_id = db.session.scalar(select(Pair.channel_id).where(Pair.comm_id == comm_id))
    if channel_id is not None:
        doorbell.ring(channel_id, lookup.participant_ids(channel_id))
