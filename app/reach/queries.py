"""Reading tasks, their runs, and what became of each delivery."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, and_, any_, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import LateralFromClause
from sqlalchemy.types import Text

from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import NotFound
from app.engine.bulk import queries as rows
from app.engine.bulk.queries import Chosen
from app.people import queries as people
from app.people.access import visible_to
from app.people.models import Customer, person_registry
from app.reach.messages.models import MessageType, Template, TemplateVersion
from app.reach.models import Chunk, Delivery, Listed, Run, Step, TouchTask
from app.segments.models import Segment

LARGEST_ID = 2**63 - 1
HELD = {"key_share": True}
"""How tasks and runs are locked: against changes, not against what names them, such as an event, which would wait."""
KINDS = (
    "intended",
    "later",
    "unknown",
    "sent",
    "delivered",
    "opened",
    "clicked",
    "bounced",
    "failed",
    "expired",
    "excluded",
    "cancelled",
)
"""What can happen to a delivery; of one attempt, what stands later here is what holds."""
RANK = func.array_position(literal(list(KINDS), ARRAY(Text)), Step.kind)
OF_DELIVERY = and_(
    *(getattr(Step, name) == getattr(Delivery, name) for name in ("run_id", "person_id", "channel", "day"))
)
"""A step is of the delivery beside it."""


def get_task(task_id: int) -> TouchTask:
    """One task. Raises: NotFound."""
    found = db.session.get(TouchTask, task_id) if task_id <= LARGEST_ID else None
    if found is None:
        raise NotFound
    return found


def get_run(run_id: int) -> Run:
    """One run. Raises: NotFound."""
    found = db.session.get(Run, run_id) if run_id <= LARGEST_ID else None
    if found is None:
        raise NotFound
    return found


def last_steps(run_id: Any, *where: Any) -> Subquery:
    """How each delivery of a run stands, as far as anything happened to it. Shape: the columns of a step."""
    newest = (Step.person_id, Step.channel, Step.attempt.desc(), RANK.desc())
    query = select(Step).where(Step.run_id == run_id, *where).order_by(*newest)
    return query.distinct(Step.person_id, Step.channel).subquery("last_steps")


def standing() -> LateralFromClause:
    """How each delivery stands, as far as anything happened to it, to be joined. Shape: kind, code, words, at."""
    newest = (
        select(Step.kind, Step.code, Step.words, Step.at).where(OF_DELIVERY).order_by(Step.attempt.desc(), RANK.desc())
    )
    return newest.limit(1).lateral("last")


def planned(of: Any, *whom: ColumnElement[bool]) -> Select[UUID]:
    """Who gets something of a run by a channel, of some of its people. `of`: run_id, day and channel."""
    by = (Delivery.run_id == of.run_id, Delivery.day == of.day, Delivery.channel == of.channel)
    return select(Delivery.person_id).where(*by, *whom, Delivery.reason.is_(None))


def chunk_of(run_id: int, person_id: UUID, channel: str) -> Select[Chunk]:
    """The chunk of one delivery: one that names the person, before one whose range they merely fall into."""
    in_range = Chunk.people.is_(None) & literal(person_id).between(Chunk.person_lo, Chunk.person_hi)
    its = or_(in_range, literal(person_id) == any_(Chunk.people))
    by_channel = (Chunk.run_id == run_id, Chunk.channel == channel)
    return select(Chunk).where(*by_channel, its).order_by(Chunk.people.is_(None)).limit(1)


def has_runs(task: TouchTask) -> bool:
    """It went out once at least."""
    return bool(db.session.scalar(select(select(Run.run_id).where(Run.task_id == task.id).exists())))


def last_run(task: TouchTask) -> Run | None:
    """The time it went out last."""
    return db.session.scalar(select(Run).where(Run.task_id == task.id).order_by(Run.run_id.desc()).limit(1))


def unreached() -> ColumnElement[int]:
    """How many some chunks could not reach in the end: without those who were tried by another channel afterwards."""
    tried_again = func.sum(Chunk.planned).filter(Chunk.people.is_not(None))
    return func.coalesce(func.sum(Chunk.failed), 0) - func.coalesce(tried_again, 0)


def count_failed(run: Run) -> int:
    """How many a run could not reach."""
    return db.session.scalar(select(unreached()).where(Chunk.run_id == run.run_id)) or 0


def count_listed(task: TouchTask) -> int:
    """How many a task names one by one."""
    return db.session.scalar(select(func.count()).where(Listed.task_id == task.id)) or 0


def list_listed(task: TouchTask) -> Sequence[UUID]:
    """Whom a task names one by one."""
    return db.session.scalars(select(Listed.person_id).where(Listed.task_id == task.id)).all()


def find_named(actor: Actor, words: Sequence[str]) -> tuple[list[UUID], list[str]]:
    """The customers of some emails and references, as far as this actor may see them, and what names nobody."""
    emails = {word.lower() for word in words if "@" in word}
    with_email = select(person_registry.c.person_id).where(one_of(person_registry.c.email_key, emails))
    named = or_(Customer.person_id.in_(with_email), one_of(Customer.reference, set(words)))
    query = select(Customer.person_id, func.lower(Customer.email), Customer.reference)
    found = db.session.execute(query.where(named, visible_to(actor), Customer.erased_at.is_(None))).tuples().all()
    known = {name for _id, *names in found for name in names}
    unknown = [word for word in dict.fromkeys(words) if word not in known and word.lower() not in known]
    return [person_id for person_id, *_names in found], unknown


def list_chosen(actor: Actor, chosen: Chosen, most: int) -> list[UUID]:
    """The customers who are ticked in a list, or all that it finds, at most so many."""
    return list(db.session.scalars(rows.select_ids(actor, chosen).limit(most)))


def list_templates() -> list[tuple[str, str]]:
    """What can be sent: the templates that say something. Shape: id, name and type."""
    written = select(TemplateVersion.template_id).where(TemplateVersion.template_id == Template.template_id).exists()
    query = (
        select(Template.template_id, Template.name, MessageType.name)
        .join(MessageType, MessageType.message_type_id == Template.message_type_id)
        .where(Template.archived_at.is_(None), written)
        .order_by(Template.name)
    )
    return [(str(key), f"{name} ({kind})") for key, name, kind in db.session.execute(query)]


def name_of_template(task: TouchTask) -> str:
    """What the template of a task is called; nothing without one."""
    return (db.session.scalar(select(Template.name).where(Template.template_id == task.template_id))) or ""


def name_of_segment(task: TouchTask) -> str | None:
    """What the segment of a task is called."""
    return db.session.scalar(select(Segment.name).where(Segment.segment_id == task.segment_id))


def name_of_person(person_id: UUID | None) -> str:
    """What an employee is called; nothing for nobody."""
    found = people.find_employee(person_id) if person_id else None
    return found.name if found else ""


def is_segment(segment_id: UUID | None) -> bool:
    """True for a segment that is there."""
    return segment_id is not None and db.session.get(Segment, segment_id) is not None


def names_of_tasks_for(segment_id: UUID) -> Sequence[str]:
    """The names of the tasks whose people a segment is."""
    return db.session.scalars(select(TouchTask.name).where(TouchTask.segment_id == segment_id)).all()
