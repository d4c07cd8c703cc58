"""What people did in the last 30 days, and its undo.

/changes  /changes/{id}  .../undo
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import ROOT, Blueprint
from app.api.schemas import changes as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.changes import actions, queries
from app.engine.changes.models import ChangeSet

bp = Blueprint("Changes", "What people did, and its undo: what somebody touched since is kept, and named.")


@bp.route("/changes")
class Changes(MethodView):
    @bp.lists(shapes.ChangeSet)
    @access.requires("changes.undo")
    def get(self, wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List what was done, the latest first; all of it for whom may undo anybody’s"""
        page = queries.list_changes(actor(), cursor=wanted["after"], size=wanted["limit"])
        found = [_shown(one.change_set) for one in page.rows]
        return Page(found, page.next, page.previous, page.size, page.sort)


@bp.route("/changes/<uuid:change_set_id>")
class OneChange(MethodView):
    @bp.reads(shapes.Undone)
    @access.requires("changes.undo")
    def get(self, change_set_id: UUID) -> dict[str, Any]:
        """Read what was done; of an undo, also how many rows it kept"""
        return _told(queries.get_change_set(actor(), change_set_id))


@bp.route("/changes/<uuid:change_set_id>/undo")
class Undo(MethodView):
    @bp.does(shapes.Undone)
    @access.requires("changes.undo")
    def post(self, change_set_id: UUID) -> dict[str, Any]:
        """Undo it; undoing what this answers with does it again

        More than 1,000 rows are undone by a job: read the answer's `id` until its `rows_changed` stands still.
        """
        return _told(actions.undo(queries.get_change_set(actor(), change_set_id), actor=actor()))


def _told(change_set: ChangeSet) -> dict[str, Any]:
    return {**_shown(change_set), "kept": queries.count_rows(change_set).get("kept", 0)}


def _shown(change_set: ChangeSet) -> dict[str, Any]:
    names = ("change_set_id", "kind", "label", "actor_id", "at", "rows_changed", "undoes_id", "undone_at")
    return {**{name: getattr(change_set, name) for name in names}, "undo_path": _undo_at(change_set)}


def _undo_at(change_set: ChangeSet) -> str | None:
    """Where it is undone; what has an undo of its own, such as a merge, has it in the list of its like."""
    if change_set.undone_at or not (change_set.elsewhere or change_set.rows_changed):
        return None
    *_before, collection, key = (change_set.elsewhere or change_set.path).split("/")
    return f"{ROOT}/{collection}/{key}/undo"
