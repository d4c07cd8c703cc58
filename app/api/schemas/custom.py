"""Custom fields, as definitions and as values of a record."""

from typing import Any

import marshmallow as ma
from flask import current_app
from marshmallow import fields, validate

from app.api.schemas.base import Entire, Flag, Moment, PageQuery, Schema, Versioned, Whole, money_of
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.custom_fields import definitions, values
from app.engine.custom_fields.access import may_read
from app.engine.custom_fields.actions import LONGEST_HEADING, LONGEST_HELP
from app.engine.custom_fields.definitions import Definition
from app.engine.custom_fields.options import LONGEST_LABEL
from app.engine.custom_fields.types import TYPES

SHAPE = (
    "By key; `/custom-fields` lists them. A text, link, date or choice (its key) is a string, several choices a list"
    " of keys, money as everywhere; null empties a field. What the key may not read is masked."
)


OPTIONS = {
    "description": "Of a choice. With its `key` an option keeps what was chosen; one left out is offered no more."
}
MOST_OPTIONS = 1_000
LONGEST_INITIAL = 2_000


class CustomValues(fields.Field):
    """The custom fields of a record of a kind: plain values by key."""

    def __init__(self, kind: str, id_attribute: str, **options: Any):
        metadata = {"type": "object", "additionalProperties": True, "description": SHAPE}
        super().__init__(metadata=metadata, **options)
        self._kind, self._id_attribute = kind, id_attribute

    def serialize(self, attr: str, obj: Any, accessor: Any = None, **more: Any) -> dict[str, Any]:
        found = values.for_actor(actor(), self._kind, getattr(obj, self._id_attribute), obj.custom)
        return {key: _as_json(definitions.find(self._kind, key), value) for key, value in found.items()}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ma.ValidationError("Send an object.")
        plain: dict[str, Any] = {}
        errors: dict[str, list[str]] = {}
        for key, sent in value.items():
            try:
                plain[key] = _plain(definitions.find(self._kind, key), sent)
            except Invalid as refusal:
                errors[key] = [str(refusal)]
        if errors:
            raise ma.ValidationError(errors)  # type: ignore[arg-type]
        return plain


def _as_json(field: Definition | None, value: Any) -> Any:
    if field is not None and field.type_key == "money" and isinstance(value, int):
        return money_of(value, current_app.extensions["rapport"].currency)
    return value


def _plain(field: Definition | None, sent: Any) -> Any:
    if field is None or field.is_archived:
        raise Invalid("There is no such field here.")
    if values.is_nothing(sent):
        return None
    if field.type_key == "money" and isinstance(sent, dict):
        if sent.get("currency") != current_app.extensions["rapport"].currency:
            raise Invalid(f"Amounts here are in {current_app.extensions['rapport'].currency}.")
        sent = sent.get("amount_minor")
    return field.type.check(sent, field)


def replaced(kind: str, given: dict[str, Any]) -> dict[str, Any]:
    """What a whole record says of its custom fields: those left out are emptied, unless the key cannot read them."""
    known = (field for field in definitions.of(kind) if may_read(actor(), is_sensitive=field.is_sensitive))
    return {field.key: None for field in known} | given


class CustomFieldQuery(PageQuery):
    kind = fields.String(load_default="", validate=validate.Length(max=50))


class CustomOption(Schema):
    key = fields.String(required=True)
    label = fields.String(required=True)
    is_gone = fields.Boolean(required=True, metadata={"description": "Kept where it was chosen, and offered no more."})


class CustomFieldBase(Schema):
    label = fields.String(required=True, validate=validate.Length(max=LONGEST_LABEL))
    type = fields.String(load_default="text", validate=validate.OneOf(list(TYPES)))
    options = fields.List(
        Entire("CustomOptionIn"), load_default=(), validate=validate.Length(max=MOST_OPTIONS), metadata=OPTIONS
    )
    is_required = Flag(load_default=False)
    is_unique = Flag(load_default=False)
    is_sensitive = Flag(load_default=False, metadata={"description": "Decided once, when the field is made."})
    is_searched = Flag(load_default=False)
    initial = fields.String(
        load_default="",
        validate=validate.Length(max=LONGEST_INITIAL),
        metadata={"description": "What new records start with, as a person would type it."},
    )
    heading = fields.String(load_default="", validate=validate.Length(max=LONGEST_HEADING))
    help = fields.String(load_default="", validate=validate.Length(max=LONGEST_HELP))


class CustomOptionIn(Schema):
    key = fields.String(load_default="", validate=validate.Length(max=100))
    label = fields.String(required=True, validate=validate.Length(max=LONGEST_LABEL))


class CustomFieldIn(CustomFieldBase):
    kind = fields.String(required=True, validate=validate.Length(max=50))


class CustomFieldChange(CustomFieldBase):
    """Its kind stays; its type changes where all values make sense in the other one."""


class PlaceIn(Schema):
    place = Whole(0, 1000, required=True, metadata={"description": "Among the fields of its kind; 0 is the first."})


class DefinedOption(Schema):
    key = fields.String(required=True)
    label = fields.String(required=True)
    is_gone = fields.Boolean(required=True, dump_default=False)


class DefinedField(Versioned):
    id = fields.UUID(attribute="field_id", required=True)
    kind = fields.String(required=True)
    key = fields.String(required=True)
    label = fields.String(required=True)
    type = fields.String(required=True, validate=validate.OneOf(list(TYPES)))
    options = fields.List(fields.Nested(DefinedOption), required=True)
    is_required = fields.Boolean(required=True)
    is_unique = fields.Boolean(required=True)
    is_sensitive = fields.Boolean(required=True)
    is_searched = fields.Boolean(required=True)
    heading = fields.String(required=True)
    help = fields.String(required=True)
    position = fields.Integer(required=True)
    archived_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)


class CustomField(Schema):
    id = fields.UUID(attribute="field_id", required=True)
    kind = fields.String(required=True, metadata={"description": "The kind of record, such as customer."})
    key = fields.String(required=True)
    label = fields.String(required=True)
    type = fields.String(attribute="type_key", required=True, validate=validate.OneOf(list(TYPES)))
    options = fields.List(fields.Nested(CustomOption), required=True)
    is_required = fields.Boolean(required=True)
    is_unique = fields.Boolean(required=True)
    is_sensitive = fields.Boolean(required=True)
    is_searched = fields.Boolean(required=True)
    heading = fields.String(required=True)
    help = fields.String(required=True)
