"""What one comes back to.

/stars  /recent  /records/{kind}/{id}/star
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import stars as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.records import kinds
from app.engine.records.kinds import Record
from app.engine.stars import actions, queries

bp = Blueprint("Stars", "The records one starred, and those one opened lately.")


@bp.route("/stars")
class Stars(MethodView):
    @bp.lists(shapes.Record)
    @access.requires("stars.use")
    def get(self, _wanted: dict[str, Any]) -> Page[Record]:
        """List the records the key’s owner starred, the latest first, all on one page"""
        rows = queries.list_starred(actor())
        return Page(rows, None, None, len(rows))


@bp.route("/recent")
class Recent(MethodView):
    @bp.lists(shapes.Record)
    @access.requires("stars.use")
    def get(self, _wanted: dict[str, Any]) -> Page[Record]:
        """List the records the key’s owner opened lately, the latest first, all on one page"""
        rows = queries.list_recent(actor())
        return Page(rows, None, None, len(rows))


@bp.route("/records/<record_kind>/<uuid:record_id>/star")
class Star(MethodView):
    @bp.does(shapes.Record)
    @access.requires("stars.use")
    def post(self, record_kind: str, record_id: UUID) -> Record:
        """Star a record"""
        record = kinds.get_record(actor(), record_kind, record_id)
        actions.star(record, actor=actor())
        return record

    @bp.does(shapes.Record)
    @access.requires("stars.use")
    def delete(self, record_kind: str, record_id: UUID) -> Record:
        """Take the star away"""
        record = kinds.get_record(actor(), record_kind, record_id)
        actions.unstar(record, actor=actor())
        return record
