"""Whom a channel could not reach for good is tried by the next one that is open to them, in the same run.

That is asked when nothing of the run is left to send, and again until there is nobody to try; also after it was over,
when a message that was taken turns out not to have arrived (`afterwards`). Who may have got it is never tried, nor who
was left out on purpose, nor anybody once the message is worth nothing any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, case, exists, func, literal, null, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, array_agg, insert
from sqlalchemy.orm import aliased

from app.core import jobs
from app.core.clock import now
from app.core.db import db, limited
from app.engine.filters.queries import here_and_now
from app.engine.filters.tree import BadFilter
from app.reach import audience, queries, runs
from app.reach.audience import Terms
from app.reach.channels import opened
from app.reach.channels.models import Provider
from app.reach.models import Chunk, Delivery, Run, Step, TouchTask

CHUNK_COLUMNS = (
    "run_id", "chunk_no", "channel", "provider_id", "person_lo", "person_hi", "people", "planned", "state", "cut_at",
    "attempt", "sent", "failed", "unknown", "excluded",
)  # fmt: skip

REFUSED = ("failed", "bounced")
SEEN = ("delivered", "opened", "clicked")

Senders = Mapping[str, Provider | None]


@jobs.job("reach.fall_back")
def fall_back(run_id: int) -> dict[str, int] | None:
    """Try whom a run could not reach by their next channel, or end it where there is nobody to try."""
    run = db.session.get(Run, run_id, with_for_update=queries.HELD)
    task = db.session.get_one(TouchTask, run.task_id) if run else None
    if run is None or task is None or run.state != "sending" or task.state != "running":
        return None
    again = db.session.scalar(select(Run).where(Run.again_for == run_id))
    if again is not None and again.state == "expanding":
        return None  # who is sent to again is not settled yet; the clock asks once more
    failed = runs.count_failed(run_id)
    try:
        tried = try_next(run, task, again)
    except BadFilter as trouble:
        db.session.rollback()
        runs.fail(run_id, str(trouble))
        return None
    if tried:
        runs.give_jobs()
    else:
        db.session.commit()  # lets go of the run: whoever ends one holds its task first
        runs.end(run_id, failed=failed)
    return {"tried": tried}


def try_next(run: Run, task: TouchTask, again: Run | None = None) -> int:
    """Write deliveries by the next channel, and the chunks that send them; returns how many. Raises: BadFilter.

    `again`: the run that sent once more to those whom this one had not reached.
    """
    terms = replace(runs.terms_of(task), makes_up_for=run.run_id)
    senders, _trouble = opened.choose_each(terms.channels)
    tried = 0
    with limited(**runs.PATIENT):
        for place, channel in enumerate(terms.channels):
            after = terms.channels[place + 1 :]
            open_ones = tuple(key for key in after if key in senders)
            if open_ones:
                failed = _failed_by(run, channel, after)
                people = failed if again is None else failed.where(~_is_in(again))
                tried += _try(run, people, replace(terms, channels=open_ones), senders)
    return tried


def _failed_by(run: Run, channel: str, after: Sequence[str]) -> Select[UUID]:
    """Whom a channel refused, at once or later, without those who are tried by one after it already.

    Who saw it, or may have got it by a later try, was reached after all.
    """
    other = aliased(Step)
    same = (other.run_id == Step.run_id, other.person_id == Step.person_id, other.channel == Step.channel)
    is_better = or_(other.attempt > Step.attempt, other.kind.in_(SEEN))
    was_reached = exists().where(*same, other.day == run.day, is_better)
    its = (Delivery.run_id == run.run_id, Delivery.day == run.day, Delivery.person_id == Step.person_id)
    is_tried = exists().where(*its, Delivery.channel.in_(after), Delivery.reason.is_(None))
    of_run = (Step.run_id == run.run_id, Step.day == run.day)
    return (
        select(Step.person_id)
        .where(*of_run, Step.kind.in_(REFUSED), Step.channel == channel, ~was_reached, ~is_tried)
        .distinct()
    )


def _is_in(run: Run) -> ColumnElement[bool]:
    """Somebody of the steps asked for is among the people of a run."""
    its = (Delivery.run_id == run.run_id, Delivery.day == run.day)
    return exists().where(*its, Delivery.person_id == Step.person_id)


def _try(run: Run, people: Select[UUID], terms: Terms, senders: Senders) -> int:
    """One statement: whoever has a channel left gets a delivery by it, and what is written is cut into chunks."""
    few = db.session.scalars(people.limit(runs.CHUNK + 1)).all()
    if not few:
        return 0
    planned = audience.plan(people, terms, here_and_now(), few if len(few) <= runs.CHUNK else None).subquery("planned")
    rows = select(literal(run.day), literal(run.run_id), planned.c.person_id, planned.c.channel, null())
    names = ["day", "run_id", "person_id", "channel", "reason"]
    written = insert(Delivery).from_select(names, rows.where(planned.c.reason.is_(None)), include_defaults=False)
    added = written.on_conflict_do_nothing().returning(Delivery.person_id, Delivery.channel).cte("added")
    cut = insert(Chunk).from_select(CHUNK_COLUMNS, _cut(run, added, senders), include_defaults=False)
    return sum(db.session.scalars(cut.returning(Chunk.planned)))


def _cut(run: Run, added: Any, senders: Senders) -> Select[Any]:
    """The chunks of those who were added, each with its people by name."""
    sizes = {channel: runs.size_of_chunk(channel, provider) for channel, provider in senders.items()}
    size = case(sizes, value=added.c.channel)
    by = {channel: literal(provider and provider.provider_id, Uuid()) for channel, provider in senders.items()}
    provider_id = case(by, value=added.c.channel)
    place = func.row_number().over(partition_by=added.c.channel, order_by=added.c.person_id) - 1
    placed = select(added.c.person_id, added.c.channel, provider_id.label("provider_id"), (place // size).label("n"))
    each = placed.subquery("placed")
    people = array_agg(aggregate_order_by(each.c.person_id, each.c.person_id))
    cut = (
        select(each.c.channel, each.c.n, each.c.provider_id, people.label("people"), func.count().label("planned"))
        .group_by(each.c.channel, each.c.n, each.c.provider_id)
        .subquery("cut")
    )
    before = select(func.max(Chunk.chunk_no)).where(Chunk.run_id == run.run_id).scalar_subquery()
    number = before + func.row_number().over(order_by=(cut.c.channel, cut.c.n))
    first_and_last = (cut.c.people[1], cut.c.people[cut.c.planned])
    nothing = (literal(0),) * len(CHUNK_COLUMNS[-5:])
    of_each = (cut.c.channel, cut.c.provider_id, *first_and_last, cut.c.people, cut.c.planned)
    return select(literal(run.run_id), number, *of_each, literal("open"), literal(now()), *nothing)
