"""Forgetting visitors: those nobody ever proved to be anybody, after a while, and what erased customers were before."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, select, text, update

from app.conversations.actions import forgetting
from app.conversations.models import Channel
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db, one_of
from app.engine.events import actions as events
from app.engine.events.models import Event
from app.widget import queries, sessions
from app.widget.actions.visitors import NAMELESS
from app.widget.models import Visitor, WidgetCode, WidgetLink, WidgetSession

AT_ONCE = 500
BLANK = {
    "first_name": NAMELESS,
    "claimed_email": None,
    "page": "",
    "page_title": "",
    "page_now": "",
    "page_now_title": "",
    "locale": "",
    "time_zone": "",
}
FORGET_TRAIL = text("DELETE FROM audit_personal WHERE row_id = ANY(:row_ids)")
# Nothing else of a mail to a visitor names whose it was.
FORGET_MAILS = text(
    """
    UPDATE outgoing_mail SET address = '', subject = '', text_body = '', html_body = '',
        state = CASE state WHEN 'queued' THEN 'failed' ELSE state END
    WHERE key IN (
        SELECT 'widget-code:' || code_id FROM widget_codes WHERE person_id = ANY(:ids)
        UNION ALL
        SELECT 'answers:' || channel_id || ':' || p.seq
        FROM comm_channels c JOIN comm_channel_pairs p USING (channel_id)
        WHERE c.visitor_id = ANY(:ids) AND c.customer_id IS NULL)
    """
)


def forget_unproved() -> int:
    """Forget visitors who never proved who they are and whose last chat ended long ago; returns how many.

    How long that is stands in the shop's settings. That somebody asked, when, and who answered stays.
    A duty of the clock.
    """
    days = queries.get_settings().forget_after_days
    before = now() - timedelta(days=days)
    goes_on = exists().where(
        Channel.visitor_id == Visitor.person_id, Channel.closed_at.is_(None) | (Channel.closed_at >= before)
    )
    unproved = (Visitor.became_id.is_(None), Visitor.erased_at.is_(None), Visitor.created_at < before)
    old = select(Visitor.person_id).where(*unproved, ~goes_on).order_by(Visitor.created_at).limit(AT_ONCE)
    ids = db.session.scalars(old.with_for_update(skip_locked=True)).all()
    if ids:
        db.session.execute(FORGET_MAILS, {"ids": list(ids)})
        forgetting.forget_visitors(ids)
        _forget(ids, ids, erased_at=now(), deactivated_at=now())
        events.emit("visitors.forgotten", actor=SYSTEM, subject_id=None, visitors=len(ids), after_days=days)
    return len(ids)


def forget_customer(event: Event) -> None:
    """Of an erased customer, forget what they said of themselves as a visitor; their browsers speak for nobody."""
    visitors = db.session.scalars(select(Visitor.person_id).where(Visitor.became_id == event.subject_id)).all()
    if event.subject_id is not None:
        _forget([event.subject_id, *visitors], visitors)


def _forget(people: Sequence[UUID], visitors: Sequence[UUID], **more: object) -> None:
    """What browsers keep of these people proves nothing any more; these visitors said nothing of themselves."""
    sessions.end(one_of(WidgetSession.person_id, people))
    for table in (WidgetCode, WidgetLink):
        db.session.execute(delete(table).where(one_of(table.person_id, people)))  # type: ignore[attr-defined]
    db.session.execute(update(Visitor).where(one_of(Visitor.person_id, visitors)).values({**BLANK, **more}))
    db.session.execute(FORGET_TRAIL, {"row_ids": [str(one) for one in visitors]})
