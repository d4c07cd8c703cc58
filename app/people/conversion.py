"""Becoming a customer: on purpose or by the first purchase, each person once.

The same row goes on, so all that hangs on it does. When and by whom is in `StageChange`, which the
database writes at every change of a stage.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, sign_writes
from app.core.errors import Conflict
from app.engine.events import actions as events
from app.people.models import POTENTIAL, Customer

# Whoever comes second waits for the row and then finds no lead: one conversion, one event.
CONVERT = text(
    "UPDATE customers SET stage = 'customer' WHERE person_id = ANY (:ids) AND stage = ANY (:potential)"
    " AND erased_at IS NULL RETURNING person_id, old.stage"
)
# It happened when they bought, not when that was written down; but not before what came before it.
DATE_BACK = text(
    """
    UPDATE stage_changes AS c
    SET at = greatest(b.at, (SELECT max(p.at) FROM stage_changes p
                             WHERE p.person_id = c.person_id AND p.change_id < c.change_id))
    FROM unnest(CAST(:ids AS uuid[]), CAST(:ats AS timestamptz[])) AS b (person_id, at)
    WHERE c.change_id = (SELECT max(change_id) FROM stage_changes WHERE person_id = b.person_id) AND b.at < c.at
    """
)


class NotALead(Conflict):
    """Only a lead or prospect can become a customer."""

    title = "They are no lead"


def convert(customer: Customer, *, actor: Actor) -> bool:
    """Make a lead or prospect a customer; returns False when they are one already.

    Raises: Conflict for an erased customer; NotALead for a former one.
    """
    if customer.is_erased:
        raise Conflict("This customer was erased and stays so.")
    is_done = bool(_convert([customer.person_id], actor, "hand"))
    db.session.refresh(customer)
    if customer.stage == "former":
        raise NotALead("They were a customer before. Edit their stage to welcome them back.")
    return is_done


def convert_buyers(bought: Mapping[UUID, datetime], *, actor: Actor) -> set[UUID]:
    """Make customers of those who bought while they were leads or prospects, as of when they did; returns who."""
    converted = _convert(list(bought), actor, "purchase")
    if converted:
        ats = [min(bought[one], now()) for one in converted]
        db.session.execute(DATE_BACK, {"ids": converted, "ats": ats})
    return set(converted)


def tell_created(created: Sequence[Customer], *, actor: Actor) -> None:
    """Say of each new customer who has not bought yet that a lead came."""
    leads = [(one.person_id, {"stage": one.stage, "source": one.source}) for one in created if one.stage in POTENTIAL]
    events.emit_many("lead.created", leads, actor=actor)


def tell_converted(moved: Mapping[UUID, str], *, actor: Actor, how: str) -> None:
    """Say who became a customer; `moved` holds the stage each one stood at."""
    told: list[tuple[UUID, dict[str, Any]]] = [
        (person_id, {"before": before, "how": how}) for person_id, before in moved.items() if before in POTENTIAL
    ]
    events.emit_many("lead.converted", told, actor=actor)


def _convert(ids: list[UUID], actor: Actor, how: str) -> list[UUID]:
    db.session.flush()
    sign_writes(db.session())
    moved = {row[0]: row[1] for row in db.session.execute(CONVERT, {"ids": sorted(ids), "potential": list(POTENTIAL)})}
    tell_converted(moved, actor=actor, how=how)
    return list(moved)
