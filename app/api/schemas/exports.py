"""Files of lists."""

from marshmallow import fields, validate

from app.api.schemas.base import Flag, Moment, Schema
from app.api.schemas.bulk import RowsIn
from app.api.schemas.views import LIST, QUERY
from app.engine.exports import files

FORMATS = tuple(files.TYPES)


class ExportIn(RowsIn):
    format = fields.String(required=True, validate=validate.OneOf(FORMATS))
    all_columns = Flag(
        load_default=False, metadata={"description": "All columns of the list, not those that `query` shows."}
    )


class Export(Schema):
    id = fields.UUID(attribute="export_id", required=True)
    list = fields.String(attribute="list_path", required=True, metadata={"description": LIST})
    query = fields.String(required=True, metadata={"description": QUERY})
    format = fields.String(required=True, validate=validate.OneOf(FORMATS))
    columns = fields.List(fields.String(), required=True)
    state = fields.String(required=True, validate=validate.OneOf(("queued", "done", "failed")))
    problem = fields.String(required=True)
    file_name = fields.String(required=True)
    row_count = fields.Integer(required=True)
    size_bytes = fields.Integer(required=True)
    created_at = Moment(required=True)
    finished_at = Moment(required=True, allow_none=True)
