"""Files that bring customers, products or sales in, and what became of their rows."""

from marshmallow import fields, validate

from app.api.schemas.base import Flag, Moment, PageQuery, Schema, Text, Whole
from app.core.texts import plain_text
from app.engine.imports import actions, contacts, guessing, mending, reading
from app.engine.imports.runs import OUTCOMES

KINDS = ("customers", "products", "transactions")

UPLOAD = {
    "type": "object",
    "required": ["kind", "file"],
    "properties": {
        "kind": {"type": "string", "enum": list(KINDS)},
        "file": {
            "type": "string",
            "contentMediaType": "text/csv",
            "description": "CSV, XLSX or vCards, at most 64 MB.",
        },
    },
}


class RunIn(Schema):
    dry_run = Flag(required=True, metadata={"description": "Only say what would become of each row."})
    encoding = fields.String(validate=validate.OneOf(list(guessing.ENCODINGS)))
    delimiter = fields.String(validate=validate.OneOf(list(guessing.DELIMITERS)))
    date_order = fields.String(validate=validate.OneOf(list(guessing.DATE_ORDERS)))
    sheet = fields.String(metadata={"description": "One of the spreadsheet’s `sheets`."})
    address_book = fields.String(validate=validate.OneOf(["", *contacts.BOOKS]))
    match = fields.String(metadata={"description": "For customers: any, reference, email, phone."})
    mode = fields.String(validate=validate.OneOf(list(actions.MODES)))
    source_text = Text(
        lambda text: plain_text(text, actions.LONGEST_SOURCE),
        actions.LONGEST_SOURCE,
        metadata={
            "description": "How you know who agreed: needed with columns of consent, and kept as the proof of each."
        },
    )
    mapping = fields.Dict(
        keys=fields.String(),
        values=Whole(0, reading.MOST_COLUMNS - 1),
        metadata={"description": "For each field the column it stands in, from 0."},
    )


class Progress(Schema):
    done = fields.Integer(required=True)
    total = fields.Integer(required=True, allow_none=True)
    step = fields.String(required=True)


class Import(Schema):
    id = fields.UUID(attribute="import_id", required=True)
    kind = fields.String(required=True)
    file_name = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    state = fields.String(required=True)
    is_dry_run = fields.Boolean(required=True)
    format = fields.String(required=True)
    encoding = fields.String(required=True)
    delimiter = fields.String(required=True)
    sheets = fields.List(fields.String(), required=True, metadata={"description": "Of a spreadsheet."})
    sheet = fields.String(required=True, metadata={"description": "The sheet that is read."})
    address_book = fields.String(required=True, metadata={"description": "Whose export it is read as; empty for none."})
    match = fields.String(required=True, metadata={"description": "By what somebody known is found again."})
    mode = fields.String(required=True, metadata={"description": "Whether new ones, known ones or both are taken."})
    source_text = fields.String(
        required=True, metadata={"description": "How whoever imports it knows who agreed; empty where nobody said."}
    )
    date_order = fields.String(required=True)
    header = fields.List(fields.String(), required=True, metadata={"description": "The names of the file’s columns."})
    mapping = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "As guessed from the file, or as the last run was told."},
    )
    missing = fields.List(
        fields.String(), required=True, metadata={"description": "Fields that still need a column before it can run."}
    )
    progress = fields.Nested(Progress, required=True, allow_none=True)
    problem = fields.String(required=True, allow_none=True)
    report = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "`counts` of rows by outcome, and totals.", "additionalProperties": True},
    )
    change_set_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Undo it at `/changes/{id}/undo`; null for none."}
    )
    created_at = Moment(required=True)
    finished_at = Moment(required=True, allow_none=True)


class OutcomeQuery(PageQuery):
    outcome = fields.String(load_default="", validate=validate.OneOf(OUTCOMES))


class Outcome(Schema):
    line = fields.Integer(required=True)
    outcome = fields.String(required=True)
    reason = fields.String(required=True)
    about_id = fields.UUID(required=True, allow_none=True, metadata={"description": "What it became."})


class TroubledRow(Schema):
    line = fields.Integer(attribute="row.line", required=True)
    outcome = fields.String(attribute="row.outcome", required=True)
    reason = fields.String(attribute="row.reason", required=True)
    field = fields.String(
        attribute="row.field", required=True, allow_none=True, metadata={"description": "Which field is in the way."}
    )
    cells = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "What stands in the row, by field."},
    )


class MendingIn(Schema):
    cells = fields.Dict(
        keys=fields.String(),
        values=fields.String(validate=validate.Length(max=reading.LONGEST_CELL)),
        required=True,
        validate=validate.Length(1),
        metadata={"description": "What to put into the row, by field."},
    )


class SkippingIn(Schema):
    lines = fields.List(Whole(1, mending.LAST_LINE), load_default=list, validate=validate.Length(max=10_000))
    everything = Flag(load_default=False, metadata={"description": "Instead of lines: all that would be left out."})
