"""All that is known of one delivery: whom it was for, and what happened to it step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.people import queries as people
from app.people.models import Customer
from app.reach.channels.models import Provider
from app.reach.models import Delivery, Run, Step, TouchTask, Trigger
from app.reach.queries import KINDS, RANK, get_run


class StepRow(NamedTuple):
    """One step, with the name of the provider."""

    step: Step
    provider: str | None


@dataclass(frozen=True)
class History:
    """Everything that is known of one delivery. `before`, `after`: the channels by which the same run tried it too."""

    task: TouchTask
    run: Run
    delivery: Delivery
    customer: Customer
    steps: Sequence[StepRow]
    trigger: Trigger | None
    before: str | None
    after: str | None


def history_of(actor: Actor, run_id: int, person_id: UUID, channel: str) -> History:
    """One delivery with each of its steps, in order. Raises: NotFound, also for whom this actor may not see."""
    run = get_run(run_id)
    delivery = db.session.get(Delivery, (run_id, person_id, channel, run.day))
    if delivery is None:
        raise NotFound
    customer = people.get_customer(actor, person_id)
    taken = (
        select(Step, Provider.name)
        .outerjoin(Provider, Provider.provider_id == Step.provider_id)
        .where(Step.run_id == run_id, Step.person_id == person_id, Step.channel == channel)
        .order_by(Step.attempt, Step.at, RANK)
    )
    steps = [StepRow(*row) for row in db.session.execute(taken)]
    its = select(Trigger).where(Trigger.run_id == run_id, Trigger.person_id == person_id).limit(1)
    task = db.session.get_one(TouchTask, run.task_id)
    return History(task, run, delivery, customer, steps, db.session.scalar(its), *_beside(task, delivery))


def _beside(task: TouchTask, delivery: Delivery) -> tuple[str | None, str | None]:
    """The channels by which somebody was tried just before and just after this one, where it is one after the other."""
    if task.reach_by != "first":
        return None, None
    its = (Delivery.run_id == delivery.run_id, Delivery.person_id == delivery.person_id, Delivery.day == delivery.day)
    found = set(db.session.scalars(select(Delivery.channel).where(*its, Delivery.reason.is_(None))))
    tried = [channel for channel in task.channels if channel in found]
    if delivery.channel not in tried:
        return None, None
    around = [None, *tried, None]
    place = around.index(delivery.channel)
    return around[place - 1], around[place + 1]


def standing_of(history: History) -> Step | None:
    """The step that holds; None where nothing happened yet."""
    steps = [row.step for row in history.steps]
    return max(steps, key=lambda step: (step.attempt, KINDS.index(step.kind)), default=None)
