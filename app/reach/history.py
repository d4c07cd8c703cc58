"""What was sent to one customer, as their stream and their page show it."""

from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, and_, case, func, literal, select, true

from app.core.access import Actor
from app.core.db import in_words
from app.people import timeline
from app.reach import references
from app.reach.audience import REASONS
from app.reach.channels.base import CHANNELS
from app.reach.models import Delivery, Run, TouchTask
from app.reach.queries import standing
from app.reach.words import STEPS

SHOWN = 5
REFERENCE = references.column(Delivery.run_id, Delivery.person_id, Delivery.channel)


def of_customer(_actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    """A customer's messages in the stream, each with how it stands; not those who were left out."""
    last = standing()
    labels = {key: one.label for key, one in CHANNELS.items()}
    outcome = in_words(func.coalesce(last.c.kind, "waiting"), STEPS | {"waiting": "Waiting"})
    return (
        select(
            *timeline.columns(
                at=func.coalesce(last.c.at, Run.started_at),
                kind="touch",
                title=TouchTask.name,
                detail=in_words(Delivery.channel, labels) + " · " + outcome,
                url=literal("/reach/deliveries/") + REFERENCE,
            )
        )
        .select_from(Delivery)
        .join(Run, and_(Run.run_id == Delivery.run_id, Run.day == Delivery.day))
        .join(TouchTask, TouchTask.id == Run.task_id)
        .outerjoin(last, true())
        .where(Delivery.person_id == customer_id, Delivery.reason.is_(None))
    )


def rows_of(_actor: Actor, _kind: str, person_id: BindParameter[UUID]) -> Select[*tuple[Any, ...]]:
    """The last messages meant for a customer, also those they did not get.

    Shape: name, reference, channel, kind (of the last step, or the reason in words), is_left_out, at.
    """
    last = standing()
    kind = case(
        (Delivery.reason.is_not(None), in_words(func.coalesce(Delivery.reason, ""), REASONS)), else_=last.c.kind
    )
    return (
        select(
            TouchTask.name.label("name"),
            REFERENCE.label("reference"),
            Delivery.channel.label("channel"),
            func.coalesce(kind, "").label("kind"),
            Delivery.reason.is_not(None).label("is_left_out"),
            func.coalesce(last.c.at, Run.started_at).label("at"),
        )
        .select_from(Delivery)
        .join(Run, and_(Run.run_id == Delivery.run_id, Run.day == Delivery.day))
        .join(TouchTask, TouchTask.id == Run.task_id)
        .outerjoin(last, true())
        .where(Delivery.person_id == person_id)
        .order_by(Delivery.run_id.desc())
        .limit(SHOWN)
    )
