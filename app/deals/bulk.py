"""What can be done to many deals at once."""

from collections.abc import Collection, Mapping
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import InstrumentedAttribute
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, one_of
from app.core.errors import Invalid, NotFound
from app.deals.access import visible_to
from app.deals.actions import deals as actions
from app.deals.actions.deals import LABELS
from app.deals.models import Deal, Stage
from app.deals.queries import pipelines
from app.engine.bulk.columns import set_column, tell_changed
from app.engine.bulk.kinds import GONE, SAME, BulkAction, BulkField, Outcome, Work, edit_action
from app.engine.events import actions as events
from app.people import bulk as people
from app.people import details

PATH = "/deals"


def present(work: Work) -> Collection[UUID]:
    """Those of some deals that the actor may see, held until the end."""
    query = select(Deal.deal_id).where(one_of(Deal.deal_id, work.ids), visible_to(work.actor))
    return db.session.scalars(query.order_by(Deal.deal_id).with_for_update()).all()


def _write(column: InstrumentedAttribute[Any], work: Work, value: Any) -> Collection[UUID]:
    changed = set_column(work, column, value)
    tell_changed(work, "deal.updated", changed, column)
    return changed


def _write_owner(work: Work, value: Any) -> Collection[UUID]:
    return _write(Deal.owner_id, work, UUID(value) if value else None)


def _write_day(work: Work, value: Any) -> Collection[UUID]:
    return _write(Deal.expected_on, work, date.fromisoformat(value) if value else None)


def _read_day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise Invalid("Write the day as 2026-12-24.") from None


FIELDS = (
    BulkField("owner_id", LABELS["owner_id"], people.read_owner, _write_owner, people.owners),
    BulkField("expected_on", "The day they are expected", _read_day, _write_day, input_type="date"),
    BulkField(
        "next_step",
        LABELS["next_step"],
        partial(details.plain_text, longest=actions.LONGEST_STEP),
        partial(_write, Deal.next_step),
    ),
    BulkField(
        "source",
        LABELS["source"],
        partial(details.plain_text, longest=actions.LONGEST_SOURCE),
        partial(_write, Deal.source),
    ),
)
EDIT = edit_action(PATH, permission="deals.edit", present=present)


def _offer(_actor: Actor) -> list[tuple[str, str]]:
    """The open stages; of several pipelines each with the name of its own."""
    ways = pipelines.list_ways()
    return [
        (str(stage.stage_id), f"{way.pipeline.name}: {stage.name}" if len(ways) > 1 else stage.name)
        for way in ways
        for stage in way.open
    ]


def _read(_actor: Actor, typed: MultiDict[str, str]) -> dict[str, Any]:
    return {"stage": str(_get(typed.get("stage", "")).stage_id)}


def _get(text: str) -> Stage:
    try:
        stage = pipelines.get_stage(UUID(text))
    except (ValueError, NotFound):
        stage = None
    if stage is None or not stage.is_open or stage.archived_at is not None:
        raise Invalid(errors={"stage": ["Choose a stage that is open."]})
    return stage


def _says(args: Mapping[str, Any], rows: str) -> str:
    return f"Moved {rows} to {pipelines.get_stage(UUID(args['stage'])).name}"


def _move(work: Work) -> Mapping[UUID, Outcome]:
    """Put open deals on top of a stage's column, in the order they stood in; closed ones stay."""
    stage = _get(work.args["stage"])
    actions.hold(stage)
    top = actions.on_top_of(stage)
    there = set(present(work))
    query = select(Deal.deal_id, Deal.state, Deal.stage_id, Stage.name).join(Stage, Stage.stage_id == Deal.stage_id)
    before = {row.deal_id: row for row in db.session.execute(query.where(one_of(Deal.deal_id, there)))}
    moving = [one for one, row in before.items() if row.state == "open" and row.stage_id != stage.stage_id]
    moved = _put_on_top(moving, stage, top)
    if not work.is_many:
        told = [
            (deal.deal_id, {"before": before[deal.deal_id].name, "after": stage.name, **actions.told(deal)})
            for deal in moved
        ]
        events.emit_many("deal.moved", told, actor=work.actor)
    return {one: _outcome(before.get(one)) for one in work.ids if one not in set(moving)}


def _put_on_top(ids: Collection[UUID], stage: Stage, top: Any) -> Collection[Deal]:
    number = func.row_number().over(order_by=(Deal.rank.desc(), Deal.deal_id)).label("number")
    placed = select(Deal.deal_id, number).where(one_of(Deal.deal_id, ids)).subquery()
    values = {
        "pipeline_id": stage.pipeline_id,
        "stage_id": stage.stage_id,
        "stage_since": now(),
        "rank": top - placed.c.number,
        "version": Deal.version + 1,
    }
    statement = update(Deal).where(Deal.deal_id == placed.c.deal_id).values(values).returning(Deal)
    options = {"synchronize_session": False, "populate_existing": True}
    return db.session.scalars(statement.execution_options(**options)).all()


def _outcome(row: Any) -> Outcome:
    if row is None:
        return GONE
    return SAME if row.state == "open" else ("refused", f"It is {row.state}. Open it again to move it.")


MOVE = BulkAction(
    key="move",
    label="Move",
    permission="deals.edit",
    icon="arrow-right",
    position=20,
    template="deals/_bulk_move.html",
    offer=_offer,
    asks=lambda _actor: ("stage",),
    read=_read,
    says=_says,
    run=_move,
)
