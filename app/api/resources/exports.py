"""Lists as files.

/exports  /exports/{id}  .../file
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Attachment, Blueprint
from app.api.resources.bulk import chosen_rows
from app.api.schemas import exports as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.exports import actions, files, queries
from app.engine.exports.models import Export
from app.engine.exports.offers import right_of

bp = Blueprint("Exports", "Lists as files, CSV or XLSX, kept for a day. No cell is a formula.")

EXAMPLE = {"list": "/customers", "query": "stage=lead&sort=name", "everything": True, "format": "csv"}


@bp.route("/exports")
class Exports(MethodView):
    @bp.lists(shapes.Export)
    @access.signed_in
    def get(self, _wanted: dict[str, Any]) -> Page[Export]:
        """List one’s own exports of the last day, the latest first, all on one page"""
        rows = queries.list_exports(actor())
        return Page(rows, None, None, len(rows))

    @bp.creates(shapes.ExportIn, shapes.Export, example=EXAMPLE)
    @access.signed_in
    def post(self, values: dict[str, Any]) -> Export:
        """Have a file made of a list

        It takes the right to export that list, such as `customers.export`. More than 2,000 rows are written in the
        background: read the export until it is not `queued`. What the key may not read is masked.
        """
        chosen = chosen_rows(values)
        access.require(actor(), right_of(chosen.listing))
        return actions.begin(chosen, format=values["format"], all_columns=values["all_columns"], actor=actor())


@bp.route("/exports/<uuid:export_id>")
class OneExport(MethodView):
    @bp.reads(shapes.Export)
    @access.signed_in
    def get(self, export_id: UUID) -> Export:
        """Read how an export stands"""
        return queries.get_export(actor(), export_id)


@bp.route("/exports/<uuid:export_id>/file")
class ExportFile(MethodView):
    @bp.sends(*files.TYPES.values())
    @access.signed_in
    def get(self, export_id: UUID) -> Attachment:
        """Fetch the file; 404 before it is made"""
        export = queries.get_export(actor(), export_id)
        pieces = queries.read_file(actor(), export)
        return Attachment(export.file_name, files.TYPES[export.format], pieces, export.size_bytes)
