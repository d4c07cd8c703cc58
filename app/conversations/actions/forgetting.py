"""Forgetting what was said with a customer."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, text, update

from app.conversations.actions.mentioning import notice_key
from app.conversations.models import Channel, Communication, Draft, Email, Pair, PhoneCall, PrivateNote, Rating
from app.conversations.queries.attachments import KIND
from app.core.db import db, one_of
from app.engine.changes import actions as changes
from app.engine.files import actions as files
from app.engine.files.models import File
from app.engine.notices.models import Notice

# What the trail kept apart because it names people.
FORGET_TRAIL = text(
    "DELETE FROM audit_personal WHERE row_id IN (SELECT CAST(id AS text) FROM unnest(CAST(:channel_ids AS uuid[])) id"
    " UNION ALL SELECT CAST(rating_id AS text) FROM ratings WHERE channel_id = ANY(:channel_ids))"
)


def forget_customer(customer_id: UUID) -> None:
    """Remove what an erased customer said and was told; that they were talked with stays."""
    _forget([customer_id], Channel.customer_id == customer_id)


def forget_visitors(visitor_ids: Sequence[UUID]) -> None:
    """The same of visitors whom nobody proved to be customers."""
    _forget(visitor_ids, one_of(Channel.visitor_id, visitor_ids) & Channel.customer_id.is_(None))


def _forget(people: Sequence[UUID], is_theirs: ColumnElement[bool]) -> None:
    channels = select(Channel.channel_id).where(is_theirs)
    said = select(Pair.comm_id).where(Pair.channel_id.in_(channels))
    theirs = (
        one_of(Communication.sender_id, people)
        | one_of(Communication.receiver_id, people)
        | Communication.comm_id.in_(said)
    )
    notes = select(PrivateNote.comm_id).where(PrivateNote.comm_id.in_(said))
    keys = [notice_key(comm_id) for comm_id in db.session.scalars(notes)]
    db.session.execute(delete(Notice).where(one_of(Notice.key, keys)))
    changes.forget_rows(("phones", "emails"), db.session.scalars(select(Communication.comm_id).where(theirs)).all())
    gone = select(Communication.comm_id).where(theirs).scalar_subquery()
    db.session.execute(update(Email).where(Email.comm_id.in_(gone)).values(subject="", message_id=None))
    db.session.execute(update(PhoneCall).where(PhoneCall.comm_id.in_(gone)).values(outcome=""))
    db.session.execute(update(Communication).where(theirs).values(content=""))
    db.session.execute(update(Channel).where(is_theirs).values(topic=""))
    _forget_files(db.session.scalars(said).all())
    db.session.execute(delete(Draft).where(Draft.channel_id.in_(channels)))
    db.session.execute(update(Rating).where(Rating.channel_id.in_(channels)).values(comment=""))
    db.session.execute(FORGET_TRAIL, {"channel_ids": list(db.session.scalars(channels))})


def _forget_files(said: Sequence[UUID]) -> None:
    kept = select(File.record_id).where(File.record_kind == KIND, one_of(File.record_id, said)).distinct()
    for comm_id in db.session.scalars(kept).all():
        files.forget_record(KIND, comm_id)
