"""What deals go through, and why they are lost."""

from functools import partial

from marshmallow import fields, validate

from app.api.schemas.base import Moment, PageQuery, Schema, Share, Text, Whole
from app.deals.actions.pipelines import LONGEST_NAME, MOST_STAGES
from app.people import details

NAME = partial(details.plain_text, longest=LONGEST_NAME)
MOST_REASONS = 100


class ArrangedQuery(PageQuery):
    state = fields.String(load_default="active", validate=validate.OneOf(("active", "archived")))


class PipelineIn(Schema):
    name = Text(NAME, LONGEST_NAME, required=True)


class StageIn(Schema):
    name = Text(NAME, LONGEST_NAME, required=True)
    win_share = Share(
        3, required=True, metadata={"description": "The share of its deals that is won in the end, 0 to 1."}
    )
    ageing_days = Whole(
        1,
        3650,
        load_default=None,
        allow_none=True,
        metadata={"description": "After how many days a deal that stands there shows; null for never."},
    )


class ArrangedStageIn(StageIn):
    id = fields.UUID(required=True)


class ArrangementIn(Schema):
    name = Text(NAME, LONGEST_NAME, required=True)
    stages = fields.List(
        fields.Nested(ArrangedStageIn),
        load_default=list,
        validate=validate.Length(0, MOST_STAGES + 2),
        metadata={"description": "In their order; those that are not named come behind. Ends keep their chance."},
    )


class StageArchiveIn(Schema):
    move_to = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "The stage of the same pipeline where its deals go; without deals, none."},
    )


class DealStage(Schema):
    id = fields.UUID(attribute="stage_id", required=True)
    pipeline_id = fields.UUID(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(("open", "won", "lost")))
    win_share = fields.Decimal(
        as_string=True,
        required=True,
        metadata={"type": "string", "description": "The share of its deals that is won in the end, 0 to 1."},
    )
    ageing_days = fields.Integer(required=True, allow_none=True)
    archived_at = Moment(required=True, allow_none=True)


class Pipeline(Schema):
    id = fields.UUID(attribute="pipeline.pipeline_id", required=True)
    name = fields.String(attribute="pipeline.name", required=True)
    archived_at = Moment(attribute="pipeline.archived_at", required=True, allow_none=True)
    stages = fields.List(fields.Nested(DealStage), required=True)


class LostReasonIn(Schema):
    name = Text(NAME, LONGEST_NAME, required=True)


class ArrangedReasonIn(LostReasonIn):
    id = fields.UUID(required=True)


class ReasonsIn(Schema):
    reasons = fields.List(
        fields.Nested(ArrangedReasonIn),
        required=True,
        validate=validate.Length(1, MOST_REASONS),
        metadata={"description": "In their order."},
    )


class LostReason(Schema):
    id = fields.UUID(attribute="reason_id", required=True)
    name = fields.String(required=True)
    archived_at = Moment(required=True, allow_none=True)


class LostReasons(Schema):
    reasons = fields.List(fields.Nested(LostReason), required=True)
