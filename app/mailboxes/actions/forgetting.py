"""Letting go of mails: of customers who were erased, and of bytes that nobody needs any more."""

from datetime import timedelta

from sqlalchemy import delete, or_, select, update

from app.conversations.models import Channel, Communication, Pair
from app.core.clock import now
from app.core.db import db
from app.engine.events.models import Event
from app.engine.files import actions as files
from app.mailboxes.models import AutoReply, BouncedAddress, Mail, MailThread, RawMail

RAW_KEPT_FOR = timedelta(days=90)
AT_ONCE = 500
ANSWERED_AGAIN_AFTER = timedelta(days=2)


def forget_customer(event: Event) -> None:
    """Remove the mails of an erased customer, as they came and as they were shown; that they wrote stays."""
    customer_id = event.subject_id
    its = select(Channel.channel_id).where(Channel.customer_id == customer_id)
    said = select(Pair.comm_id).where(Pair.channel_id.in_(its))
    between = or_(Communication.sender_id == customer_id, Communication.receiver_id == customer_id)
    theirs = select(Communication.comm_id).where(or_(between, Communication.comm_id.in_(said))).scalar_subquery()
    gone = {"raw": None, "sender": "", "subject": "", "mail_key": RawMail.raw_id.cast(RawMail.mail_key.type)}
    db.session.execute(update(RawMail).where(RawMail.comm_id.in_(theirs)).values(**gone))
    db.session.execute(delete(Mail).where(Mail.comm_id.in_(theirs)))
    db.session.execute(update(MailThread).where(MailThread.channel_id.in_(its)).values(subject_key=""))
    for channel_id in db.session.scalars(its).all():
        files.forget_record("conversation", channel_id)
    for table in (BouncedAddress, AutoReply):
        db.session.execute(delete(table).where(table.person_id == customer_id))


def forget_old() -> int:
    """Let go of the bytes of mails that came long ago; returns how many. A duty of the clock."""
    old = select(RawMail.raw_id).where(RawMail.raw.is_not(None), RawMail.received_at < now() - RAW_KEPT_FOR)
    few = old.order_by(RawMail.received_at).limit(AT_ONCE).scalar_subquery()
    done = db.session.execute(update(RawMail).where(RawMail.raw_id.in_(few)).values(raw=None))
    db.session.execute(delete(AutoReply).where(AutoReply.replied_at < now() - ANSWERED_AGAIN_AFTER))
    return done.rowcount  # type: ignore[attr-defined, no-any-return]
