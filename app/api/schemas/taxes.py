"""Tax rates, and which product has which."""

from functools import partial

from marshmallow import fields

from app.api.schemas.base import Flag, Moment, Schema, Share, Text
from app.people import details
from app.taxes.actions import LONGEST_NAME

OF_NET = {"description": "Of the net price: 0.2 for 20%."}


class TaxRateIn(Schema):
    name = Text(
        partial(details.plain_text, longest=LONGEST_NAME),
        LONGEST_NAME,
        required=True,
        metadata={"description": "As invoices print it, such as VAT."},
    )
    share = Share(6, below_one=True, required=True, metadata=OF_NET)
    is_included = Flag(
        load_default=True, metadata={"description": "Prices include it; otherwise it is put on top of them."}
    )
    is_default = Flag(
        load_default=False,
        metadata={"description": "For all products without a rate of their own; at most one rate is."},
    )


class TaxRate(Schema):
    id = fields.UUID(attribute="tax_rate_id", required=True)
    name = fields.String(required=True)
    share = fields.Decimal(as_string=True, required=True, metadata={"type": "string", **OF_NET})
    is_included = fields.Boolean(required=True)
    is_default = fields.Boolean(required=True)
    archived_at = Moment(required=True, allow_none=True)


class ProductTaxIn(Schema):
    tax_rate_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "null leaves it to the default rate."}
    )


class ProductTax(ProductTaxIn):
    id = fields.UUID(required=True, metadata={"description": "The product."})
