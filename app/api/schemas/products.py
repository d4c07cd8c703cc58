"""Goods and services."""

from functools import partial

from babel.numbers import list_currencies
from marshmallow import fields, validate

from app.api.schemas.base import (
    Amount,
    Entire,
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
from app.api.schemas.custom import CustomValues
from app.people import details
from app.products.actions import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_SKU
from app.products.models import TYPES
from app.products.queries import ORDERS


class ProductQuery(PageQuery):
    q = Text(partial(details.plain_text, longest=200), 200, load_default="")
    type = fields.String(load_default="", validate=validate.OneOf(TYPES))
    state = fields.String(load_default="sold", validate=validate.OneOf(("sold", "archived")))
    where = Where("product")
    sort = sort_field(ORDERS, "name", has_custom=True)


class Price(Money):
    amount_minor = Whole(required=True, metadata={"description": "In the currency’s smallest unit: pence, cents."})
    currency = fields.String(
        required=True,
        validate=[validate.Regexp("^[A-Z]{3}$"), lambda code: code in list_currencies()],
        error_messages={"validator_failed": "An ISO currency, such as GBP."},
        metadata={"pattern": "^[A-Z]{3}$"},
    )


class ProductIn(Schema):
    sku = Text(lambda text: " ".join(details.plain_text(text, LONGEST_SKU).split()), LONGEST_SKU, required=True)
    name = Text(lambda text: " ".join(details.plain_text(text, LONGEST_NAME).split()), LONGEST_NAME, required=True)
    type = fields.String(load_default="good", validate=validate.OneOf(TYPES))
    description = Text(partial(details.plain_text, longest=LONGEST_DESCRIPTION), LONGEST_DESCRIPTION, load_default="")
    price = Entire(Price, required=True)
    custom = CustomValues("product", "product_id", load_default=dict)


class Product(Versioned):
    id = fields.UUID(attribute="product_id", required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    type = fields.String(required=True)
    description = fields.String(required=True)
    price = Amount("price_minor", required=True)
    custom = CustomValues("product", "product_id", required=True)
    created_at = Moment(required=True)
    archived_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)
