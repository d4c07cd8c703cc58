"""Breaks, cells and named groups of customers by how they bought."""

from marshmallow import fields, validate

from app.api.schemas.base import Amount, Day, Moment, Money, PageQuery, Schema, Whole
from app.api.schemas.filters import TREE
from app.segments.rfm.breaks import LONGEST_WINDOW, MOST_BREAKS, MOST_PURCHASES, RECENCY_BREAKS

AS_OF = "The day to look from; without it, now."


class RfmQuery(PageQuery):
    as_of = Day(load_default=None, allow_none=True, metadata={"description": AS_OF})


class BreaksIn(Schema):
    window_days = Whole(1, LONGEST_WINDOW, required=True, metadata={"description": "How far back purchases count."})
    recency_days = fields.List(
        Whole(1, LONGEST_WINDOW),
        required=True,
        validate=validate.Length(equal=RECENCY_BREAKS),
        metadata={"description": "The most days since the last purchase of each class but the last."},
    )
    purchases = fields.List(
        Whole(2, MOST_PURCHASES),
        required=True,
        validate=validate.Length(1, MOST_BREAKS),
        metadata={"description": "The fewest purchases of each class but the first."},
    )
    money = fields.List(
        fields.Nested(Money),
        required=True,
        validate=validate.Length(1, MOST_BREAKS),
        metadata={"description": "The least money of each class but the first, in the shop’s currency."},
    )


class Breaks(BreaksIn):
    id = fields.UUID(attribute="breaks_id", required=True)
    made_by = fields.UUID(required=True, allow_none=True)
    made_at = Moment(required=True)


class Counted(Schema):
    customers = fields.Integer(required=True)
    money = Amount("money_minor", required=True, allow_none=True, metadata={"description": "Paid less refunds."})
    where = fields.Dict(required=True, metadata=TREE)
    counted_at = Moment(required=True)


class RfmCell(Counted):
    recency_class = fields.Integer(required=True, metadata={"description": "0: the most recent."})
    frequency_class = fields.Integer(required=True, metadata={"description": "0: the fewest purchases."})


class RfmSegment(Counted):
    key = fields.String(required=True)
    name = fields.String(required=True)
    hint = fields.String(required=True)
    share = fields.Float(required=True, metadata={"description": "Of all customers on the grid, 0 to 1."})
    money_share = fields.Float(required=True, allow_none=True, metadata={"description": "Of all the money, 0 to 1."})
