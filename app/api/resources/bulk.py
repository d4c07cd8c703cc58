"""One thing done to many rows of a list.

/bulk-actions  /bulk-runs  /bulk-runs/{id}  .../rows  .../cancellation
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView
from werkzeug.datastructures import MultiDict

from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.resources.doors import named
from app.api.schemas import bulk as shapes
from app.core import access, jobs
from app.core.access import actor
from app.core.errors import Invalid
from app.core.paging import Page
from app.engine.bulk import actions, queries
from app.engine.bulk.kinds import BulkAction, get_action, list_actions
from app.engine.bulk.models import BulkRow, BulkRun
from app.engine.bulk.queries import Chosen

bp = Blueprint(
    "Bulk actions", "One thing done to many rows of a list, with what became of each, and undone as a whole."
)

EXAMPLE = {"list": "/customers", "ids": [IDS["customer_id"]], "action": "edit", "args": {"country": "Norway"}}


def chosen_rows(values: dict[str, Any]) -> Chosen:
    """The rows a body names. Raises: Invalid for a list that is none, no rows, or rows named twice over."""
    if values["ids"] and values["everything"]:
        raise Invalid(errors={"ids": ["Name rows, or ask for everything."]})
    ids = list(dict.fromkeys(values["ids"]))
    everything = values["everything"]
    return named(
        "list", lambda: queries.choose(actor(), values["list"], values["query"], ids, is_everything=everything)
    )


@bp.route("/bulk-actions")
class BulkActions(MethodView):
    @bp.lists(shapes.BulkAction, shapes.BulkActionQuery)
    @access.requires("bulk.run")
    def get(self, wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List what the key may do to many rows, all on one page"""
        rows = [
            {
                "list": path,
                "action": one.key,
                "label": one.label,
                "args": one.asks(actor()),
                "is_final": one.is_final,
            }
            for path, one in list_actions(actor(), wanted["list"])
        ]
        return Page(rows, None, None, len(rows))


@bp.route("/bulk-runs")
class BulkRuns(MethodView):
    @bp.lists(shapes.BulkRun)
    @access.requires("bulk.run")
    def get(self, wanted: dict[str, Any]) -> Page[BulkRun]:
        """List one’s own runs, the latest first"""
        return queries.page_of_runs(actor(), wanted["after"], wanted["limit"])

    @bp.creates(shapes.BulkRunIn, shapes.BulkRun, example=EXAMPLE)
    @access.requires("bulk.run")
    def post(self, values: dict[str, Any]) -> BulkRun:
        """Do one thing to many rows

        It takes the right to do it to one of them. More than 200 rows are done in the background: read the run
        until it is not `running`.
        """
        chosen = chosen_rows(values)
        action = named("action", lambda: get_action(chosen.path, values["action"], actor()))
        number = queries.count_chosen(actor(), chosen)
        if values["expected"] != number and (action.is_final or values["expected"] is not None):
            raise Invalid(errors={"expected": [f"There are {number:,} rows now."]})
        args = action.read(actor(), _typed(action, values["args"]))
        return actions.begin(chosen, action, args, expected=number, actor=actor())


def _typed(action: BulkAction, args: dict[str, str]) -> MultiDict[str, str]:
    """The arguments as the page’s form has them: what is given is ticked. Raises: Invalid for an unknown name."""
    names = action.asks(actor())
    takes = f"It takes: {', '.join(names) or 'nothing'}."
    if unknown := {f"args.{name}": [takes] for name in args if name not in names}:
        raise Invalid(errors=unknown)
    return MultiDict({**args, **{f"set_{name}": "1" for name in args}})


@bp.route("/bulk-runs/<uuid:bulk_run_id>")
class OneBulkRun(MethodView):
    @bp.reads(shapes.BulkRun)
    @access.requires("bulk.run")
    def get(self, bulk_run_id: UUID) -> BulkRun:
        """Read how far a run is, and how it ended"""
        run = queries.get_run(actor(), bulk_run_id)
        actions.notice_end(run)
        return run


@bp.route("/bulk-runs/<uuid:bulk_run_id>/rows")
class Rows(MethodView):
    @bp.lists(shapes.BulkRow, shapes.BulkRowQuery)
    @access.requires("bulk.run")
    def get(self, wanted: dict[str, Any], bulk_run_id: UUID) -> Page[BulkRow]:
        """List what became of each row"""
        run = queries.get_run(actor(), bulk_run_id)
        return queries.page_of_rows(run, wanted["outcome"], wanted["after"], wanted["limit"])


@bp.route("/bulk-runs/<uuid:bulk_run_id>/cancellation")
class Cancellation(MethodView):
    @bp.does(shapes.BulkRun)
    @access.requires("bulk.run")
    def post(self, bulk_run_id: UUID) -> BulkRun:
        """Stop a run after the batch it is in; what was changed until then stays, and can be undone"""
        run = queries.get_run(actor(), bulk_run_id)
        jobs.ask_to_stop(run.job_id)
        return run
