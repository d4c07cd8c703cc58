"""Working through a list, one record at a time.

/work-runs  /work-runs/{id}  .../turn  .../steps/{position}  .../steps/{position}/decision  .../release  .../end
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.resources.doors import named
from app.api.schemas import work as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.records import kinds
from app.engine.records.kinds import Record
from app.work import actions, queries
from app.work.models import WorkRun, WorkStep
from app.work.queries import ListedRun

bp = Blueprint("Work", "Working through a list, one record at a time; whoever joins gets other records.")

EXAMPLE = {"list": "/customers", "query": "sort=name", "name": "Everybody, by name"}


@bp.route("/work-runs")
class WorkRuns(MethodView):
    @bp.lists(shapes.WorkRun, shapes.WorkRunQuery)
    @access.requires("work.run")
    def get(self, wanted: dict[str, Any]) -> Page[ListedRun]:
        """List the latest runs one can go on with, or one’s own that are finished, all on one page"""
        listed = queries.list_unfinished if wanted["state"] == "unfinished" else queries.list_finished
        rows = listed(actor())
        return Page(rows, None, None, len(rows))

    @bp.creates(shapes.WorkRunIn, shapes.WorkRun, example=EXAMPLE)
    @access.requires("work.run")
    def post(self, values: dict[str, Any]) -> dict[str, Any]:
        """Begin to work through what a list has now"""
        listing = named("list", lambda: queries.find_listing(actor(), values["list"]))
        state = queries.state_of(values["query"])
        return _told(actions.begin(listing, state, values["name"], is_shared=values["is_shared"], actor=actor()))


@bp.route("/work-runs/<uuid:work_run_id>")
class OneWorkRun(MethodView):
    @bp.reads(shapes.WorkRun)
    @access.requires("work.run")
    def get(self, work_run_id: UUID) -> dict[str, Any]:
        """Read how far a run is"""
        return _told(queries.get_run(actor(), work_run_id))


@bp.route("/work-runs/<uuid:work_run_id>/turn")
class Turn(MethodView):
    @bp.does(shapes.WorkTurn)
    @access.requires("work.run")
    def post(self, work_run_id: UUID) -> dict[str, Any]:
        """Take the record the key’s owner is at, or the next that nobody has

        It is held for 15 minutes. With the last one decided about, the run is finished.
        """
        run = queries.get_run(actor(), work_run_id)
        taken = actions.take(run, actor=actor())
        return {**_told(run), "step": _shown(*taken) if taken else None}


@bp.route("/work-runs/<uuid:work_run_id>/steps/<int:position>")
class Step(MethodView):
    @bp.reads(shapes.WorkStep)
    @access.requires("work.run")
    def get(self, work_run_id: UUID, position: int) -> dict[str, Any]:
        """Read one record of a run, and what became of it"""
        _run, step, record = _find(work_run_id, position)
        return _shown(step, record)


@bp.route("/work-runs/<uuid:work_run_id>/steps/<int:position>/decision")
class Decision(MethodView):
    @bp.does(shapes.WorkStep, shapes.DecisionIn, example={"outcome": "done"})
    @access.requires("work.run")
    def post(self, values: dict[str, Any], work_run_id: UUID, position: int) -> dict[str, Any]:
        """Say what became of a record; deciding again replaces what was decided"""
        run, step, record = _find(work_run_id, position)
        actions.decide(run, step, values["outcome"], until=values["until"], actor=actor())
        return _shown(step, record)


@bp.route("/work-runs/<uuid:work_run_id>/release")
class Release(MethodView):
    @bp.does(shapes.WorkRun)
    @access.requires("work.run")
    def post(self, work_run_id: UUID) -> dict[str, Any]:
        """Leave the record one is at to whoever comes next; the run waits"""
        run = queries.get_run(actor(), work_run_id)
        actions.let_go(run, actor=actor())
        return _told(run)


@bp.route("/work-runs/<uuid:work_run_id>/end")
class End(MethodView):
    @bp.does(shapes.WorkRun)
    @access.requires("work.run")
    def post(self, work_run_id: UUID) -> dict[str, Any]:
        """End one’s own run; what waits in it stays as it is"""
        run = queries.get_own_run(actor(), work_run_id)
        actions.finish(run, actor=actor())
        return _told(run)


def _told(run: WorkRun) -> dict[str, Any]:
    return {"run": run, "progress": queries.progress_of([run])[run.run_id]}


def _find(run_id: UUID, position: int) -> tuple[WorkRun, WorkStep, Record]:
    run = queries.get_run(actor(), run_id)
    step = queries.get_step(run, position)
    return run, step, kinds.get_record(actor(), run.record_kind, step.record_id)


def _shown(step: WorkStep, record: Record) -> dict[str, Any]:
    names = ("position", "state", "person_id", "held_until", "at")
    return {**{name: getattr(step, name) for name in names}, "record": record}
