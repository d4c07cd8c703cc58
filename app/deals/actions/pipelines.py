"""Arranging pipelines, their stages, and the reasons for losing."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.deals.models import Deal, LostReason, Pipeline, Stage
from app.deals.queries import pipelines as queries
from app.engine.events import actions as events

LONGEST_NAME = 60
MOST_STAGES = 20
USUAL_STAGES = (
    ("New", Decimal("0.1"), 7),
    ("Qualified", Decimal("0.25"), 14),
    ("Proposal", Decimal("0.5"), 14),
    ("Negotiation", Decimal("0.75"), 14),
    ("Agreed", Decimal("0.9"), 7),
)
USUAL_REASONS = (
    "Too expensive",
    "Chose somebody else",
    "No money for it now",
    "No need any more",
    "No answer",
    "Entered by mistake",
)


@dataclass(frozen=True)
class StageDetails:
    """How a stage is to be."""

    name: str
    win_share: Decimal
    ageing_days: int | None = None


def add_pipeline(name: str, *, actor: Actor) -> Pipeline:
    """Add a pipeline with the usual stages, to be changed at will. Raises: Invalid for a name that is taken."""
    pipeline = Pipeline(name=_name(name), position=_behind(Pipeline.position))
    _write(pipeline)
    rows = [Stage(name=stage, win_share=share, ageing_days=days) for stage, share, days in USUAL_STAGES]
    ends = [Stage(name="Won", kind="won", win_share=Decimal(1)), Stage(name="Lost", kind="lost", win_share=Decimal(0))]
    for position, stage in enumerate((*rows, *ends), 1):
        stage.pipeline_id, stage.position = pipeline.pipeline_id, position
        db.session.add(stage)
    db.session.flush()
    _tell(pipeline, "added", actor)
    return pipeline


def make_usual(*, actor: Actor) -> None:
    """Where there is nothing yet: a pipeline, and reasons for losing."""
    if not queries.list_ways(with_archived=True):
        add_pipeline("Sales", actor=actor)
    if not queries.list_reasons(with_archived=True):
        for name in USUAL_REASONS:
            add_reason(name, actor=actor)


def rename_pipeline(pipeline: Pipeline, name: str, *, actor: Actor) -> None:
    """Call a pipeline something else. Raises: Invalid for a name that is taken."""
    if pipeline.name != name.strip():
        _write(pipeline, name=_name(name))
        _tell(pipeline, "renamed", actor)


def archive_pipeline(pipeline: Pipeline, *, actor: Actor) -> None:
    """Put a pipeline away with what was won and lost in it. Raises: Conflict with open deals in it; for the last."""
    queries.lock_pipelines()
    queries.lock_stages(pipeline.pipeline_id)
    waiting = db.session.scalar(
        select(func.count()).where(Deal.pipeline_id == pipeline.pipeline_id, Deal.state == "open")
    )
    if waiting:
        raise Conflict(f"{waiting:,} open deals go through “{pipeline.name}”. Move them or close them first.")
    if len(queries.list_ways()) <= 1:
        raise Conflict("This is the last pipeline. Add another one first.")
    pipeline.archived_at = now()
    db.session.flush()
    _tell(pipeline, "archived", actor)


def restore_pipeline(pipeline: Pipeline, *, actor: Actor) -> None:
    """Use a pipeline again."""
    pipeline.archived_at = None
    db.session.flush()
    _tell(pipeline, "restored", actor)


def arrange_stages(pipeline: Pipeline, wanted: Sequence[tuple[UUID, StageDetails]], *, actor: Actor) -> None:
    """Say how a pipeline's stages are, in their order; an end keeps its chance. Raises: Invalid.

    Those that are not named come behind, as they are.
    """
    known = {stage.stage_id: stage for stage in sorted(_stages(pipeline), key=lambda stage: stage.position)}
    for position, (stage_id, details) in enumerate(wanted, 1):
        stage = known.get(stage_id)
        if stage is None:
            raise Invalid("One of these stages is gone. Load the page again.")
        stage.name, stage.position = _name(details.name), position
        if stage.is_open:
            stage.win_share, stage.ageing_days = _share(details.win_share), _days(details.ageing_days)
    named = {stage_id for stage_id, _details in wanted}
    for position, stage_id in enumerate((one for one in known if one not in named), len(wanted) + 1):
        known[stage_id].position = position
    db.session.flush()
    _tell(pipeline, "arranged", actor)


def add_stage(pipeline: Pipeline, details: StageDetails, *, actor: Actor) -> Stage:
    """Add an open stage behind the others. Raises: Invalid."""
    if len(_stages(pipeline)) >= MOST_STAGES:
        raise Invalid(f"A pipeline has at most {MOST_STAGES} stages.")
    last = db.session.scalar(
        select(func.max(Stage.position)).where(Stage.pipeline_id == pipeline.pipeline_id, Stage.kind == "open")
    )
    stage = Stage(
        pipeline_id=pipeline.pipeline_id,
        name=_name(details.name),
        win_share=_share(details.win_share),
        ageing_days=_days(details.ageing_days),
        position=(last or 0) + 1,
    )
    db.session.add(stage)
    db.session.flush()
    _tell(pipeline, "arranged", actor)
    return stage


def archive_stage(stage: Stage, move_to: Stage | None, *, actor: Actor) -> int:
    """Put a stage away and let its open deals go on in another; returns how many went.

    Raises: Conflict for an end or the last open stage; Invalid for deals with nowhere to go.
    """
    if not stage.is_open:
        raise Conflict("A pipeline needs a stage for what is won and one for what is lost.")
    others = [one for one in queries.lock_stages(stage.pipeline_id) if one.stage_id != stage.stage_id]
    if not others:
        raise Conflict("This is the last open stage of its pipeline.")
    waiting = db.session.scalar(select(func.count()).where(Deal.stage_id == stage.stage_id)) or 0
    if waiting and move_to not in others:
        raise Invalid(errors={"stage": [f"Choose where its {waiting:,} deals go."]})
    if waiting and move_to:
        _move_all(stage, move_to)
    stage.archived_at = now()
    db.session.flush()
    _tell(queries.get_pipeline(stage.pipeline_id), "arranged", actor)
    return waiting


def restore_stage(stage: Stage, *, actor: Actor) -> None:
    """Use a stage again."""
    stage.archived_at = None
    db.session.flush()
    _tell(queries.get_pipeline(stage.pipeline_id), "arranged", actor)


def add_reason(name: str, *, actor: Actor) -> LostReason:
    """Add a reason for losing. Raises: Invalid for one that is there."""
    reason = LostReason(name=_name(name), position=_behind(LostReason.position))
    _write(reason)
    events.emit("pipeline.changed", actor=actor, subject_id=reason.reason_id, name=reason.name, what="reason added")
    return reason


def arrange_reasons(wanted: Sequence[tuple[UUID, str]], *, actor: Actor) -> None:
    """Say how the reasons for losing are called, in their order; deals that have one keep it. Raises: Invalid.

    Those that are not named come behind, as they are.
    """
    for position, (reason_id, name) in enumerate(wanted, 1):
        _write(queries.get_reason(reason_id), name=_name(name), position=position)
    named = {reason_id for reason_id, _called in wanted}
    others = [one for one in queries.list_reasons() if one.reason_id not in named]
    for position, reason in enumerate(others, len(wanted) + 1):
        reason.position = position
    db.session.flush()
    events.emit("pipeline.changed", actor=actor, subject_id=None, name="", what="reasons arranged")


def archive_reason(reason: LostReason, *, actor: Actor) -> None:
    """Offer a reason no more; deals that were lost for it keep it. Raises: Conflict for the last."""
    if len(queries.list_reasons()) <= 1:
        raise Conflict("This is the last reason. Add another one first.")
    reason.archived_at = now()
    db.session.flush()
    events.emit("pipeline.changed", actor=actor, subject_id=reason.reason_id, name=reason.name, what="reason archived")


def restore_reason(reason: LostReason, *, actor: Actor) -> None:
    """Offer a reason again."""
    reason.archived_at = None
    db.session.flush()
    events.emit("pipeline.changed", actor=actor, subject_id=reason.reason_id, name=reason.name, what="reason restored")


def _stages(pipeline: Pipeline) -> Sequence[Stage]:
    in_use = (Stage.pipeline_id == pipeline.pipeline_id, Stage.archived_at.is_(None))
    return db.session.scalars(select(Stage).where(*in_use)).all()


def _move_all(stage: Stage, to: Stage) -> None:
    """Put all deals of a stage, in their order, under those of another."""
    below = select(func.coalesce(func.max(Deal.rank), 0)).where(Deal.stage_id == to.stage_id).scalar_subquery()
    least = select(func.coalesce(func.min(Deal.rank), 0)).where(Deal.stage_id == stage.stage_id).scalar_subquery()
    db.session.execute(
        update(Deal)
        .where(Deal.stage_id == stage.stage_id)
        .values(
            stage_id=to.stage_id,
            rank=Deal.rank - least + below + 1,
            stage_since=now(),
            version=Deal.version + 1,
        )
        .execution_options(synchronize_session=False)
    )


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(errors={"name": [f"Enter a name of at most {LONGEST_NAME} characters."]})
    return name


def _share(share: Decimal) -> Decimal:
    if not 0 <= share <= 1:
        raise Invalid(errors={"share": ["A chance is between 0 and 100 percent."]})
    return round(share, 3)


def _days(days: int | None) -> int | None:
    if days is not None and not 1 <= days <= 3650:
        raise Invalid(errors={"days": ["A limit is between 1 and 3,650 days."]})
    return days


def _behind(position: Any) -> int:
    return int(db.session.scalar(select(func.coalesce(func.max(position), 0))) or 0) + 1


def _write(row: Pipeline | LostReason, **values: Any) -> None:
    """Set the values and write, behind a savepoint: a refused name leaves the session as it was."""
    try:
        with db.session.begin_nested():
            for name, value in values.items():
                setattr(row, name, value)
            db.session.add(row)
            db.session.flush()
    except IntegrityError as refusal:
        if "name" in str(refusal.orig):
            raise Invalid(errors={"name": ["This name is taken already."]}) from None
        raise


def _tell(pipeline: Pipeline, what: str, actor: Actor) -> None:
    events.emit("pipeline.changed", actor=actor, subject_id=pipeline.pipeline_id, name=pipeline.name, what=what)
