"""The parts that all shapes are made of."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN
from typing import Any

import marshmallow as ma
from flask import current_app
from marshmallow import fields, validate

from app.core.errors import Invalid
from app.core.money import LARGEST_MINOR, format_money
from app.engine.filters.forms import read_where
from app.engine.filters.tree import LONGEST_JSON, BadFilter

LARGEST_PAGE = 200
PART = r"^0(\.[0-9]+)?$"
PART_OR_WHOLE = r"^(0(\.[0-9]+)?|1(\.0+)?)$"


class Schema(ma.Schema):
    """A shape. What it does not name is refused."""

    error_messages = {"unknown": "Nobody asked for this field.", "type": "Send an object."}

    class Meta:
        unknown = ma.RAISE


class Versioned(Schema):
    """The shape of a row that counts its versions, in a field `version`; its ETag is made of them."""


class Moment(fields.DateTime):
    """A point in time, in UTC: 2026-11-21T09:30:00.000Z."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **_more: Any) -> str | None:
        if value is None:
            return None
        return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Day(fields.Date):
    """A day within the years that books are about."""

    def __init__(self, **options: Any):
        super().__init__(validate=validate.Range(date(1990, 1, 1), date(2199, 12, 31)), **options)


class Text(fields.String):
    """A text as people type it, made plain by `clean`, which raises Invalid for what it refuses.

    One that must be there must say something, unless `may_be_empty`.
    """

    def __init__(
        self, clean: Callable[[str], str | None], longest: int, *, may_be_empty: bool | None = None, **options: Any
    ):
        metadata = {"maxLength": longest, **options.pop("metadata", {})}
        super().__init__(metadata=metadata, **options)
        self._clean, self._longest = clean, longest
        self._may_be_empty = not self.required if may_be_empty is None else may_be_empty

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        if len(text) > self._longest:
            raise ma.ValidationError(f"Use at most {self._longest:,} characters.")
        try:
            cleaned = self._clean(text)
        except Invalid as refusal:
            raise ma.ValidationError(str(refusal)) from None
        if not cleaned and not self._may_be_empty:
            raise ma.ValidationError("Please fill this in.")
        return cleaned


class Whole(fields.Integer):
    """A whole number; neither a text nor a fraction passes for one."""

    def __init__(self, least: int = 0, most: int = LARGEST_MINOR, **options: Any):
        super().__init__(strict=True, validate=validate.Range(least, most), **options)


class Share(fields.Decimal):
    """A part of a whole, 0 to 1, as a text such as "0.25"; what is beyond `places` is cut off."""

    def __init__(self, places: int, *, below_one: bool = False, **options: Any):
        metadata = {"type": "string", "pattern": PART if below_one else PART_OR_WHOLE, **options.pop("metadata", {})}
        super().__init__(places, rounding=ROUND_DOWN, as_string=True, metadata=metadata, **options)
        self._below_one = below_one

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        share = super()._deserialize(value, attr, data, **more)
        if not 0 <= share <= 1 or (self._below_one and share == 1):
            raise ma.ValidationError("A share is from 0 to less than 1." if self._below_one else "A share is 0 to 1.")
        return share


class Flag(fields.Boolean):
    """True or false, and nothing that resembles them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Money(Schema):
    amount_minor = Whole(
        least=-LARGEST_MINOR, required=True, metadata={"description": "In the currency’s smallest unit: pence, cents."}
    )
    currency = fields.String(required=True, validate=validate.Regexp("^[A-Z]{3}$", error="Three letters, such as GBP."))
    formatted = fields.String(dump_only=True, required=True, metadata={"description": "As people read it."})


class Entire(fields.Nested):
    """A part that is sent whole, also where only some fields are changed."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, partial: Any = None, **more: Any) -> Any:
        return super()._deserialize(value, attr, data, partial=False, **more)


class Amount(fields.Nested):
    """Money made of two attributes of a row: minor units and a currency."""

    def __init__(self, minor: str, *, currency: str = "currency", **options: Any):
        super().__init__(Money, **options)
        self._minor, self._currency = minor, currency

    def get_value(self, obj: Any, attr: str, accessor: Any = None, default: Any = ma.missing) -> Any:
        amount_minor, currency = (ma.utils.get_value(obj, name) for name in (self._minor, self._currency))
        return money_of(amount_minor, currency)


def money_of(amount_minor: int | None, currency: str | None) -> dict[str, Any] | None:
    """An amount as every answer shows it."""
    if amount_minor is None or currency is None:
        return None
    return {
        "amount_minor": amount_minor,
        "currency": currency,
        "formatted": format_money(amount_minor, currency),
    }


def in_currency(money: dict[str, Any] | None, currency: str, name: str) -> int | None:
    """The minor units of an amount that was sent. Raises: Invalid for another currency than `currency`."""
    if money is None:
        return None
    if money["currency"] != currency:
        raise Invalid(errors={name: [f"This is sold in {currency}."]})
    return int(money["amount_minor"])


def country() -> str:
    """The country that phone numbers without one belong to."""
    return str(current_app.extensions["rapport"].country)


class Where(fields.String):
    """A filter tree in the address of a list; read as what `read_where` gives."""

    def __init__(self, entity_key: str):
        tree = {"description": "A filter tree as JSON: see Filters."}
        super().__init__(load_default=None, metadata={"maxLength": LONGEST_JSON, **tree})
        self._entity_key = entity_key

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        try:
            return read_where(self._entity_key, {"where": text})
        except BadFilter as refusal:
            raise ma.ValidationError(str(refusal)) from None


class Problem(Schema):
    """A refusal (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "For programs; it does not change."})
    message = fields.String(required=True)
    request_id = fields.String(required=True, metadata={"description": "Quote it when you ask for help."})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "Sentences by field, `lines.0.quantity` within lists."},
    )


class PageQuery(Schema):
    """What every list can be asked; each list adds its own filters and `sort`."""

    after = fields.String(
        load_default="",
        validate=validate.Length(max=2000),
        metadata={"description": "A cursor, as `next` and `previous` carry it."},
    )
    limit = fields.Integer(
        load_default=25,
        validate=validate.Range(1, LARGEST_PAGE),
        metadata={"description": "How many rows a page has."},
    )
    sparse = fields.String(
        data_key="fields",
        load_default="",
        validate=validate.Length(max=1000),
        metadata={"description": "Only these fields, divided by commas."},
    )


def sort_field(orders: dict[str, Any], default: str, *, has_custom: bool = False) -> fields.String:
    """The `sort` of a list: one of its orders or, with `has_custom`, a custom field; `-` in front turns it round."""
    choices = [sign + name for name in orders for sign in ("", "-")]
    sentence = f"One of {', '.join(choices)}"
    if not has_custom:
        told = {"description": "The order; `-` in front turns it round."}
        return fields.String(
            load_default=default, validate=validate.OneOf(choices, error=f"{sentence}."), metadata=told
        )
    pattern = rf"-?({'|'.join(orders)}|custom\.[a-z][a-z0-9_]*)"
    told = {"description": "The order: also `custom.` and the key of a custom field; `-` in front turns it round."}
    refusal = f"{sentence}, or custom. and the key of a field."
    return fields.String(load_default=default, validate=validate.Regexp(f"^{pattern}$", error=refusal), metadata=told)
