"""When the demo shop is open, how soon it means to answer, and what it is asked about."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import product
from uuid import UUID

from sqlalchemy import select

from app.accounts import sign_ins
from app.conversations.availability.models import Availability
from app.conversations.models import Channel
from app.conversations.targets import actions as targets
from app.core.clock import now, today
from app.core.db import db
from app.engine.hours import actions as hours
from app.engine.hours.queries import shop_hours
from app.engine.tags import actions as tags
from app.engine.tags.models import COLOURS, Tag

MORNING, AFTERNOON, SATURDAY = (9 * 60, 13 * 60), (14 * 60, 18 * 60), (10 * 60, 16 * 60)
NOON = 12 * 60
LABELS = {
    "Delivery": ("Where is my parcel?", "Changing my address"),
    "Returns": ("Returning a blanket", "Chipped mug", "A chipped mug"),
    "Product advice": ("Is it vegan?", "Is the blanket washable?", "Engraving a board"),
    "Workshops": ("Workshop places", "Candle workshop"),
}
AVAILABLE_DAYS = 6
SAID = (
    ("available", (9, 0), (13, 0)),
    ("away", (13, 0), (14, 0)),
    ("available", (14, 0), (16, 30)),
    ("busy", (16, 30), (18, 0)),
)
TARGETS = (
    (0, {"first": 15 * 60, "next": 30 * 60, "resolution": 8 * 3600}),
    (1, {"first": 5 * 60, "next": 15 * 60, "resolution": 4 * 3600}),
)


def label_conversations(manager_id: UUID) -> None:
    """Say what each conversation was about, by its topic; some nobody labelled."""
    manager = sign_ins.actor_for(manager_id)
    assert manager is not None
    for label, topics in LABELS.items():
        known = db.session.scalar(select(Tag).where(Tag.name == label))
        tag = known or Tag(name=label, colour=len(label) % COLOURS)
        db.session.add(tag)
        db.session.flush()
        about = select(Channel.channel_id).where(Channel.topic.in_(topics))
        tags.add_to_many(manager, "conversation", about, tag)
    returned = db.session.scalars(select(Tag.tag_id).where(Tag.name == "Returns")).one()
    targets.save_policy(None, least_priority=0, tag_id=returned, targets={"resolution": 4 * 3600}, actor=manager)


def remember_week(people: Sequence[UUID]) -> None:
    """Let some have said in the days before when they were there, at lunch, and busy."""
    zone, present = shop_hours().zone, today()
    for person_id, days_ago in product(people, range(1, AVAILABLE_DAYS)):
        for state, opens, closes in SAID:
            begin, end = (
                datetime.combine(present - timedelta(days=days_ago), time(*at), zone) for at in (opens, closes)
            )
            db.session.add(Availability(person_id=person_id, began_at=begin, ended_at=end, state=state))
    db.session.flush()


def open_shop(manager_id: UUID) -> None:
    """Set a week with a lunch break, the holidays at the end of the year, and targets."""
    manager = sign_ins.actor_for(manager_id)
    assert manager is not None
    hours.set_week([(MORNING, AFTERNOON)] * 5 + [(SATURDAY,), ()], actor=manager)
    year = now().year
    for day, name, spans in (
        (date(year, 12, 24), "Christmas Eve", ((MORNING[0], NOON),)),
        (date(year, 12, 25), "Christmas Day", ()),
        (date(year + 1, 1, 1), "New Year’s Day", ()),
    ):
        hours.add_holiday(day, name, spans, actor=manager)
    for least_priority, lengths in TARGETS:
        targets.save_policy(None, least_priority=least_priority, targets=lengths, actor=manager)
