"""Finding pipelines, their stages, and the reasons for losing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from app.core.db import db
from app.core.errors import NotFound
from app.deals.models import Deal, LostReason, Pipeline, Stage


@dataclass(frozen=True)
class Way:
    """A pipeline with the stages that are in use, in their order: the open ones, then won, then lost."""

    pipeline: Pipeline
    stages: Sequence[Stage]

    @property
    def open(self) -> list[Stage]:
        """Where deals stand that are neither won nor lost."""
        return [stage for stage in self.stages if stage.is_open]

    @property
    def won(self) -> Stage:
        """Where what is won ends."""
        return next(stage for stage in self.stages if stage.kind == "won")

    @property
    def lost(self) -> Stage:
        """Where what is lost ends."""
        return next(stage for stage in self.stages if stage.kind == "lost")


def list_ways(*, with_archived: bool = False) -> list[Way]:
    """The pipelines in their order, each with its stages. One statement."""
    order = (Pipeline.position, Pipeline.name, Stage.kind != "open", Stage.kind == "lost", Stage.position)
    query = select(Pipeline, Stage).join(Stage, Stage.pipeline_id == Pipeline.pipeline_id).order_by(*order)
    if not with_archived:
        query = query.where(Pipeline.archived_at.is_(None), Stage.archived_at.is_(None))
    ways: dict[UUID, tuple[Pipeline, list[Stage]]] = {}
    for pipeline, stage in db.session.execute(query):
        ways.setdefault(pipeline.pipeline_id, (pipeline, []))[1].append(stage)
    return [Way(pipeline, stages) for pipeline, stages in ways.values()]


def way_among(ways: Sequence[Way], pipeline_id: UUID | None) -> Way:
    """The pipeline of this id, the first without one. Raises: NotFound."""
    found = [way for way in ways if pipeline_id in (None, way.pipeline.pipeline_id)]
    if not found:
        raise NotFound("There is no such pipeline.")
    return found[0]


def get_pipeline(pipeline_id: UUID) -> Pipeline:
    """One pipeline, archived or not. Raises: NotFound."""
    pipeline = db.session.get(Pipeline, pipeline_id)
    if pipeline is None:
        raise NotFound
    return pipeline


def get_stage(stage_id: UUID) -> Stage:
    """One stage, archived or not. Raises: NotFound."""
    stage = db.session.get(Stage, stage_id)
    if stage is None:
        raise NotFound
    return stage


def lock_stage(stage: Stage) -> None:
    """The stage as it is now, held until the transaction ends."""
    _hold(Stage.stage_id == stage.stage_id)


def lock_pipelines() -> None:
    """All pipelines, held until the transaction ends. Pipelines are held before stages, by everybody."""
    db.session.execute(select(Pipeline.pipeline_id).order_by(Pipeline.pipeline_id).with_for_update(key_share=True))


def is_archived(pipeline_id: UUID) -> bool:
    """The pipeline is put away, as others have it now."""
    return db.session.scalar(select(Pipeline.archived_at).where(Pipeline.pipeline_id == pipeline_id)) is not None


def lock_stages(pipeline_id: UUID) -> Sequence[Stage]:
    """The open stages of a pipeline as they are now, in their order; all of its stages are held until the end."""
    _hold(Stage.pipeline_id == pipeline_id)
    return list_open_stages(pipeline_id)


def _hold(which: ColumnElement[bool]) -> None:
    query = select(Stage).where(which).order_by(Stage.stage_id).with_for_update(key_share=True)
    db.session.scalars(query.execution_options(populate_existing=True)).all()


def get_end(pipeline_id: UUID, kind: str) -> Stage:
    """The stage in which a pipeline's deals are won, or lost."""
    return db.session.scalars(select(Stage).where(Stage.pipeline_id == pipeline_id, Stage.kind == kind)).one()


def list_open_stages(pipeline_id: UUID) -> Sequence[Stage]:
    """The stages in which a pipeline's open deals can stand, in their order."""
    of_pipeline = (Stage.pipeline_id == pipeline_id, Stage.kind == "open", Stage.archived_at.is_(None))
    return db.session.scalars(select(Stage).where(*of_pipeline).order_by(Stage.position)).all()


def count_by_stage() -> Mapping[UUID, int]:
    """How many deals ever came to rest in each stage and are there now."""
    return dict(db.session.execute(select(Deal.stage_id, func.count()).group_by(Deal.stage_id)).tuples().all())


def list_reasons(*, with_archived: bool = False) -> Sequence[LostReason]:
    """Why deals are lost, in order."""
    query = select(LostReason).order_by(LostReason.position, LostReason.name)
    return db.session.scalars(query if with_archived else query.where(LostReason.archived_at.is_(None))).all()


def get_reason(reason_id: UUID) -> LostReason:
    """One reason. Raises: NotFound."""
    reason = db.session.get(LostReason, reason_id)
    if reason is None:
        raise NotFound
    return reason
