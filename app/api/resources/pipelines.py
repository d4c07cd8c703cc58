"""What deals go through, and why they are lost.

/pipelines  /pipelines/{id}  .../arrangement  .../archive  .../stages
/stages/{id}  .../archive
/lost-reasons  /lost-reasons/arrangement  /lost-reasons/{id}  .../archive
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.resources.doors import named, told_as
from app.api.schemas import pipelines as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.deals.actions import pipelines as actions
from app.deals.actions.pipelines import StageDetails
from app.deals.models import LostReason, Stage
from app.deals.queries import pipelines as queries
from app.deals.queries.pipelines import Way
from app.engine.changes import actions as changes

bp = Blueprint("Pipelines", "The stages that deals go through, and the reasons to lose them for.")

STAGE = {"name": "Sample sent", "win_share": "0.4", "ageing_days": 14}
ARRANGEMENT = {
    "name": "Wholesale",
    "stages": [
        {"id": IDS["other_stage_id"], "name": "Proposal", "win_share": "0.5"},
        {"id": IDS["stage_id"], "name": "New", "win_share": "0.1", "ageing_days": 7},
    ],
}
REASONS = {"reasons": [{"id": IDS["lost_reason_id"], "name": "Chose somebody else"}]}


@bp.route("/pipelines")
class Pipelines(MethodView):
    @bp.lists(shapes.Pipeline, shapes.ArrangedQuery)
    @access.requires("deals.read")
    def get(self, wanted: dict[str, Any]) -> Page[Way]:
        """List the pipelines with their stages, all on one page"""
        is_archived = wanted["state"] == "archived"
        ways = [
            way
            for way in queries.list_ways(with_archived=is_archived)
            if (way.pipeline.archived_at is not None) == is_archived
        ]
        return Page(ways, None, None, len(ways))

    @bp.creates(shapes.PipelineIn, shapes.Pipeline, example={"name": "Retail"})
    @access.requires("deals.arrange")
    def post(self, values: dict[str, Any]) -> Way:
        """Add a pipeline with the usual stages, to be changed at will"""
        return _way(actions.add_pipeline(values["name"], actor=actor()).pipeline_id)


@bp.route("/pipelines/<uuid:pipeline_id>")
class OnePipeline(MethodView):
    @bp.reads(shapes.Pipeline)
    @access.requires("deals.read")
    def get(self, pipeline_id: UUID) -> Way:
        """Read a pipeline with all its stages, archived ones too"""
        return _way(pipeline_id)


@bp.route("/pipelines/<uuid:pipeline_id>/arrangement")
class Arrangement(MethodView):
    @bp.does(shapes.Pipeline, shapes.ArrangementIn, example=ARRANGEMENT)
    @access.requires("deals.arrange")
    def post(self, values: dict[str, Any], pipeline_id: UUID) -> Way:
        """Say how a pipeline is called, and how its stages are, in their order"""
        pipeline = queries.get_pipeline(pipeline_id)
        actions.rename_pipeline(pipeline, values["name"], actor=actor())
        if wanted := [(stage.pop("id"), StageDetails(**stage)) for stage in values["stages"]]:
            actions.arrange_stages(pipeline, wanted, actor=actor())
        return _way(pipeline_id)


@bp.route("/pipelines/<uuid:pipeline_id>/archive")
class PipelineArchive(MethodView):
    @bp.does(shapes.Pipeline)
    @access.requires("deals.arrange")
    def post(self, pipeline_id: UUID) -> Way:
        """Put a pipeline away with what was won and lost in it; not with open deals, and not the last"""
        actions.archive_pipeline(queries.get_pipeline(pipeline_id), actor=actor())
        return _way(pipeline_id)

    @bp.does(shapes.Pipeline)
    @access.requires("deals.arrange")
    def delete(self, pipeline_id: UUID) -> Way:
        """Use it again"""
        actions.restore_pipeline(queries.get_pipeline(pipeline_id), actor=actor())
        return _way(pipeline_id)


@bp.route("/pipelines/<uuid:pipeline_id>/stages")
class Stages(MethodView):
    @bp.creates(shapes.StageIn, shapes.DealStage, example=STAGE, at="/stages")
    @access.requires("deals.arrange")
    def post(self, values: dict[str, Any], pipeline_id: UUID) -> Stage:
        """Add an open stage behind the others"""
        return actions.add_stage(queries.get_pipeline(pipeline_id), StageDetails(**values), actor=actor())


@bp.route("/stages/<uuid:stage_id>")
class OneStage(MethodView):
    @bp.reads(shapes.DealStage)
    @access.requires("deals.read")
    def get(self, stage_id: UUID) -> Stage:
        """Read a stage"""
        return queries.get_stage(stage_id)


@bp.route("/stages/<uuid:stage_id>/archive")
class StageArchive(MethodView):
    @bp.does(shapes.DealStage, shapes.StageArchiveIn, example={"move_to": IDS["other_stage_id"]})
    @access.requires("deals.arrange")
    def post(self, values: dict[str, Any], stage_id: UUID) -> Stage:
        """Put a stage away; its deals go on in another one

        It stands among the changes, with its undo.
        """
        stage, to_id = queries.get_stage(stage_id), values["move_to"]
        to = named("move_to", lambda: queries.get_stage(to_id)) if to_id else None
        changes.begin(f"Archived {stage.name}", kind="archive", actor=actor())
        with told_as(stage="move_to"):
            actions.archive_stage(stage, to, actor=actor())
        return stage

    @bp.does(shapes.DealStage)
    @access.requires("deals.arrange")
    def delete(self, stage_id: UUID) -> Stage:
        """Use it again"""
        stage = queries.get_stage(stage_id)
        actions.restore_stage(stage, actor=actor())
        return stage


@bp.route("/lost-reasons")
class LostReasons(MethodView):
    @bp.lists(shapes.LostReason, shapes.ArrangedQuery)
    @access.requires("deals.read")
    def get(self, wanted: dict[str, Any]) -> Page[LostReason]:
        """List the reasons to lose a deal for, all on one page"""
        is_archived = wanted["state"] == "archived"
        found = queries.list_reasons(with_archived=is_archived)
        reasons = [one for one in found if (one.archived_at is not None) == is_archived]
        return Page(reasons, None, None, len(reasons))

    @bp.creates(shapes.LostReasonIn, shapes.LostReason, example={"name": "No budget this year"})
    @access.requires("deals.arrange")
    def post(self, values: dict[str, Any]) -> LostReason:
        """Add a reason"""
        return actions.add_reason(values["name"], actor=actor())


@bp.route("/lost-reasons/arrangement")
class ReasonArrangement(MethodView):
    @bp.does(shapes.LostReasons, shapes.ReasonsIn, example=REASONS)
    @access.requires("deals.arrange")
    def post(self, values: dict[str, Any]) -> dict[str, Any]:
        """Say how the reasons are called, in their order; deals that were lost for one keep it"""
        wanted = [(reason["id"], reason["name"]) for reason in values["reasons"]]
        named("reasons", lambda: actions.arrange_reasons(wanted, actor=actor()))
        return {"reasons": queries.list_reasons()}


@bp.route("/lost-reasons/<uuid:reason_id>")
class OneReason(MethodView):
    @bp.reads(shapes.LostReason)
    @access.requires("deals.read")
    def get(self, reason_id: UUID) -> LostReason:
        """Read a reason"""
        return queries.get_reason(reason_id)


@bp.route("/lost-reasons/<uuid:reason_id>/archive")
class ReasonArchive(MethodView):
    @bp.does(shapes.LostReason)
    @access.requires("deals.arrange")
    def post(self, reason_id: UUID) -> LostReason:
        """Offer a reason no more; deals that were lost for it keep it"""
        reason = queries.get_reason(reason_id)
        actions.archive_reason(reason, actor=actor())
        return reason

    @bp.does(shapes.LostReason)
    @access.requires("deals.arrange")
    def delete(self, reason_id: UUID) -> LostReason:
        """Offer it again"""
        reason = queries.get_reason(reason_id)
        actions.restore_reason(reason, actor=actor())
        return reason


def _way(pipeline_id: UUID) -> Way:
    return queries.way_among(queries.list_ways(with_archived=True), pipeline_id)
