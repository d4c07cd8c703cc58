"""Deals, what they go through, and what is offered in them."""

from functools import partial

from marshmallow import fields, validate

from app.api.schemas.base import (
    Amount,
    Day,
    Moment,
    Money,
    PageQuery,
    Schema,
    Text,
    Versioned,
    Where,
    Whole,
    sort_field,
)
from app.deals.actions.closing import LONGEST_NOTE
from app.deals.actions.deals import LONGEST_SOURCE, LONGEST_STEP, LONGEST_TITLE
from app.deals.queries.deals import ORDERS, STATES
from app.deals.quotes.actions import LONGEST_TERMS
from app.deals.quotes.forms import STATE_LABELS as QUOTE_STATES
from app.deals.quotes.queries import ORDERS as QUOTE_ORDERS
from app.people import details
from app.sales.actions import MOST_LINES, MOST_OF_ONE


class DealQuery(PageQuery):
    q = Text(
        partial(details.plain_text, longest=200),
        200,
        load_default="",
        metadata={"description": "Words of the title, or of the customer’s or company’s name."},
    )
    state = fields.String(load_default="open", validate=validate.OneOf(STATES))
    pipeline_id = fields.UUID(load_default=None)
    stage_id = fields.UUID(load_default=None)
    owner_id = fields.UUID(load_default=None)
    customer_id = fields.UUID(load_default=None)
    company_id = fields.UUID(load_default=None)
    where = Where("deal")
    sort = sort_field(ORDERS, "-created", has_custom=True)


class DealBase(Schema):
    title = Text(details.name, LONGEST_TITLE, required=True)
    customer_id = fields.UUID(load_default=None, allow_none=True)
    company_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "Without it, the customer’s company."}
    )
    owner_id = fields.UUID(load_default=None, allow_none=True)
    value = fields.Nested(
        Money, load_default=None, allow_none=True, metadata={"description": "With products, it is their sum."}
    )
    expected_on = Day(load_default=None, allow_none=True)
    next_step = Text(partial(details.plain_text, longest=LONGEST_STEP), LONGEST_STEP, load_default="")
    next_step_on = Day(load_default=None, allow_none=True)
    source = Text(partial(details.plain_text, longest=LONGEST_SOURCE), LONGEST_SOURCE, load_default="")


class DealIn(DealBase):
    stage_id = fields.UUID(required=True)


class DealChange(DealBase):
    """A deal changes its stage by moving."""


class DealLineIn(Schema):
    product_id = fields.UUID(required=True)
    quantity = Whole(1, MOST_OF_ONE, load_default=1)
    unit_price = fields.Nested(
        Money,
        load_default=None,
        allow_none=True,
        metadata={"description": "Another price than the product’s; takes the right `sales.price`."},
    )
    discount_basis_points = Whole(
        0,
        10_000,
        load_default=0,
        metadata={"description": "Taken off, in hundredths of a percent; takes the right `sales.price`."},
    )


class DealLinesIn(Schema):
    lines = fields.List(fields.Nested(DealLineIn), required=True, validate=validate.Length(0, MOST_LINES))


class MoveIn(Schema):
    stage_id = fields.UUID(required=True)
    below = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The deal above it; without one, it is on top."}
    )


class LossIn(Schema):
    reason_id = fields.UUID(required=True)
    note = Text(partial(details.plain_text, longest=LONGEST_NOTE), LONGEST_NOTE, load_default="")


class DealLine(Schema):
    product_id = fields.UUID(attribute="line.product_id", required=True)
    name = fields.String(attribute="product.name", required=True)
    quantity = fields.Integer(attribute="line.quantity", required=True)
    unit_price = Amount("line.unit_price_minor", currency="product.currency", required=True)
    discount_basis_points = fields.Function(
        lambda row: int(row.line.discount_share * 10_000), required=True, metadata={"type": "integer"}
    )
    amount = Amount("line.amount_minor", currency="product.currency", required=True)


class DealLines(Schema):
    id = fields.UUID(attribute="deal.deal_id", required=True)
    total = Amount("deal.value_minor", currency="deal.currency", required=True)
    lines = fields.List(fields.Nested(DealLine), required=True)


class Deal(Versioned):
    id = fields.UUID(attribute="deal_id", required=True)
    title = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("open", "won", "lost")))
    pipeline_id = fields.UUID(required=True)
    stage_id = fields.UUID(required=True)
    stage_since = Moment(required=True)
    customer_id = fields.UUID(required=True, allow_none=True)
    company_id = fields.UUID(required=True, allow_none=True)
    owner_id = fields.UUID(required=True, allow_none=True)
    value = Amount("value_minor", required=True)
    expected_on = fields.Date(required=True, allow_none=True)
    next_step = fields.String(required=True)
    next_step_on = fields.Date(required=True, allow_none=True)
    source = fields.String(required=True)
    lost_reason_id = fields.UUID(required=True, allow_none=True)
    lost_note = fields.String(required=True)
    transaction_id = fields.UUID(
        attribute="receipt_id", required=True, allow_none=True, metadata={"description": "The sale it became."}
    )
    created_at = Moment(required=True)
    closed_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)


class QuoteIn(Schema):
    valid_until = Day(required=True)
    terms = Text(partial(details.plain_text, longest=LONGEST_TERMS), LONGEST_TERMS, load_default="")
    accept_stage_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "Where the deal goes when it is accepted; without one, it is won."},
    )
    replaces = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The quote of which this is the next version."}
    )


class QuoteQuery(PageQuery):
    q = Text(
        partial(details.plain_text, longest=200),
        200,
        load_default="",
        metadata={"description": "A number, or words of the customer’s name or the deal’s title."},
    )
    state = fields.String(load_default="", validate=validate.OneOf(tuple(QUOTE_STATES)))
    where = Where("quote")
    sort = sort_field(QUOTE_ORDERS, "-at")


class Quote(Schema):
    id = fields.UUID(attribute="quote_id", required=True)
    number = fields.String(attribute="label", required=True)
    deal_id = fields.UUID(required=True)
    state = fields.String(required=True)
    total = Amount("total_minor", required=True)
    valid_until = fields.Date(required=True)
    sent_at = Moment(required=True, allow_none=True)
    answered_at = Moment(required=True, allow_none=True)
    answered_by = fields.String(required=True)
    decline_reason = fields.String(required=True)


class QuoteLink(Schema):
    id = fields.UUID(required=True)
    address = fields.String(required=True, metadata={"description": "A secret: whoever has it can answer."})
