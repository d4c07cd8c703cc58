"""Bulk actions, and what became of the rows."""

from marshmallow import fields, validate

from app.api.schemas.base import Flag, Moment, PageQuery, Schema, Whole
from app.api.schemas.views import LIST, QUERY
from app.engine.bulk.actions import OUTCOMES
from app.engine.bulk.queries import MOST_TICKED
from app.engine.views.actions import LONGEST_QUERY

LONGEST_ARGUMENT = 10_000
ARGS = "By name, as `/bulk-actions` has them; an empty text clears a field."


class RowsIn(Schema):
    """Rows of a list: all that its query finds, or those that are named."""

    list = fields.String(required=True, validate=validate.Length(max=200), metadata={"description": LIST})
    query = fields.String(load_default="", validate=validate.Length(max=LONGEST_QUERY), metadata={"description": QUERY})
    ids = fields.List(fields.UUID(), load_default=(), validate=validate.Length(max=MOST_TICKED))
    everything = Flag(load_default=False, metadata={"description": "All that `query` finds, instead of `ids`."})


class BulkActionQuery(PageQuery):
    list = fields.String(load_default="", validate=validate.Length(max=200), metadata={"description": LIST})


class BulkAction(Schema):
    list = fields.String(required=True, metadata={"description": LIST})
    action = fields.String(required=True)
    label = fields.String(required=True)
    args = fields.List(fields.String(), required=True, metadata={"description": "The names of what it takes."})
    is_final = fields.Boolean(required=True, metadata={"description": "It cannot be undone, and wants `expected`."})


class BulkRunIn(RowsIn):
    action = fields.String(required=True, validate=validate.Length(max=50))
    args = fields.Dict(
        keys=fields.String(validate=validate.Length(max=100)),
        values=fields.String(validate=validate.Length(max=LONGEST_ARGUMENT)),
        load_default=dict,
        metadata={"description": ARGS},
    )
    expected = Whole(
        load_default=None,
        allow_none=True,
        metadata={"description": "How many rows there are. With another number than there are now, nothing is done."},
    )


class BulkCounts(Schema):
    changed = fields.Integer(dump_default=0, required=True)
    unchanged = fields.Integer(dump_default=0, required=True)
    refused = fields.Integer(dump_default=0, required=True)
    failed = fields.Integer(dump_default=0, required=True)


class BulkRun(Schema):
    id = fields.UUID(attribute="run_id", required=True)
    list = fields.String(required=True, metadata={"description": LIST})
    action = fields.String(required=True)
    label = fields.String(required=True, metadata={"description": "What is done, as people read it."})
    state = fields.String(required=True, validate=validate.OneOf(("running", "done", "cancelled", "failed")))
    problem = fields.String(required=True)
    total = fields.Integer(required=True)
    counts = fields.Nested(BulkCounts, required=True, metadata={"description": "What became of the rows so far."})
    change_set_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "With `/changes/{id}/undo` all of it is undone."}
    )
    created_at = Moment(required=True)
    finished_at = Moment(required=True, allow_none=True)


class BulkRowQuery(PageQuery):
    outcome = fields.String(load_default="", validate=validate.OneOf(("", *OUTCOMES)))


class BulkRow(Schema):
    number = fields.Integer(required=True)
    record_id = fields.UUID(required=True)
    outcome = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(OUTCOMES),
        metadata={"description": "Null while its turn has not come."},
    )
    reason = fields.String(required=True)
