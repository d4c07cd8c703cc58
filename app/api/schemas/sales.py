"""Sales and refunds."""

from functools import partial

from marshmallow import fields, validate

from app.api.schemas.base import Amount, Day, Moment, Money, PageQuery, Schema, Text, Where, Whole, sort_field
from app.people import details
from app.sales.actions import LONGEST_REASON, MOST_LINES, MOST_OF_ONE
from app.sales.queries import ORDERS


class TransactionQuery(PageQuery):
    q = Text(
        partial(details.plain_text, longest=200),
        200,
        load_default="",
        metadata={"description": "A receipt’s number, or words of the customer’s name."},
    )
    kind = fields.String(load_default="", validate=validate.OneOf(("sale", "refund")))
    customer_id = fields.UUID(load_default=None)
    first_on = Day(load_default=None, metadata={"description": "The first day, in the shop’s time zone."})
    last_on = Day(load_default=None)
    where = Where("receipt")
    sort = sort_field(ORDERS, "-at")


class SaleLineIn(Schema):
    product_id = fields.UUID(required=True)
    quantity = Whole(1, MOST_OF_ONE, load_default=1)
    unit_price = fields.Nested(
        Money,
        load_default=None,
        allow_none=True,
        metadata={"description": "Another price than the product’s; takes the right `sales.price`."},
    )


class SaleIn(Schema):
    customer_id = fields.UUID(required=True)
    lines = fields.List(fields.Nested(SaleLineIn), required=True, validate=validate.Length(1, MOST_LINES))


class RefundLineIn(Schema):
    line_id = fields.UUID(required=True)
    quantity = Whole(1, MOST_OF_ONE, load_default=None, allow_none=True)
    amount = fields.Nested(Money, load_default=None, allow_none=True)


class RefundIn(Schema):
    reason = Text(partial(details.plain_text, longest=LONGEST_REASON), LONGEST_REASON, required=True)
    amount = fields.Nested(
        Money,
        load_default=None,
        allow_none=True,
        metadata={"description": "An amount shared among all lines; with neither this nor `lines`, all that is left."},
    )
    lines = fields.List(
        fields.Nested(RefundLineIn), load_default=None, allow_none=True, validate=validate.Length(1, MOST_LINES)
    )


class Line(Schema):
    id = fields.UUID(attribute="transaction_id", required=True)
    product_id = fields.UUID(required=True, allow_none=True)
    description = fields.String(required=True)
    quantity = fields.Integer(required=True)
    unit_price = fields.Decimal(
        as_string=True,
        required=True,
        metadata={"type": "string", "description": "A decimal; imported prices may have fractions of a penny."},
    )
    amount = Amount("amount_minor", required=True)
    refund_of = fields.UUID(required=True, allow_none=True, metadata={"description": "The line it gives back."})


class TransactionBase(Schema):
    id = fields.UUID(attribute="receipt.receipt_id", required=True)
    number = fields.String(attribute="receipt.label", required=True)
    kind = fields.String(attribute="receipt.kind", required=True)
    state = fields.Function(
        lambda row: row.receipt.state[0],
        required=True,
        metadata={"type": "string", "description": "What became of it."},
    )
    at = Moment(attribute="receipt.at", required=True)
    customer_id = fields.UUID(attribute="receipt.customer_id", required=True)
    customer_name = fields.String(required=True)
    total = Amount("receipt.total_minor", currency="receipt.currency", required=True)
    refunded = Amount("receipt.refunded_minor", currency="receipt.currency", required=True)
    refund_of = fields.UUID(attribute="receipt.refund_of", required=True, allow_none=True)


class TransactionRow(TransactionBase):
    what = fields.String(required=True, metadata={"description": "Its first lines, in words."})


class Transaction(TransactionBase):
    reason = fields.String(attribute="receipt.reason", required=True)
    source = fields.String(attribute="receipt.source", required=True)
    recorded_by = fields.UUID(attribute="receipt.recorded_by", required=True, allow_none=True)
    lines = fields.List(fields.Nested(Line), required=True)
