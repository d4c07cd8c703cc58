"""Codes and bands."""

from functools import partial

from marshmallow import fields, validate

from app.api.schemas.base import LARGEST_MINOR, Schema, Text, Whole
from app.engine.codes.actions import LONGEST_LABEL, LONGEST_TEXT, MOST_BANDS
from app.engine.codes.models import HOW

LABEL = partial(Text, lambda text: " ".join(text.split()), LONGEST_LABEL, required=True)


class CodeCount(Schema):
    key = fields.String(required=True, metadata={"description": "As filters name it; it stays."})
    label = fields.String(required=True)
    rows = fields.Integer(required=True)


class CodeField(Schema):
    field = fields.String(required=True)
    label = fields.String(required=True)
    filter_field = fields.String(required=True, metadata={"description": "As filters name it."})
    unit = fields.String(required=True, allow_none=True, metadata={"description": "Of a number; null for a text."})
    rows = fields.Integer(required=True)
    filled = fields.Integer(required=True)
    coded = fields.Integer(required=True)
    uncoded_share = fields.Float(required=True, allow_none=True, metadata={"description": "Of what is filled, 0 to 1."})
    codes = fields.List(fields.Nested(CodeCount), required=True)


class UncodedText(Schema):
    value = fields.String(required=True)
    rows = fields.Integer(required=True)


class CodeRuleIn(Schema):
    text = Text(str.strip, LONGEST_TEXT, required=True)
    how = fields.String(load_default="exact", validate=validate.OneOf(list(HOW)))
    label = LABEL(metadata={"description": "The code’s name."})


class CodeRule(Schema):
    id = fields.UUID(attribute="rule_id", required=True)
    text = fields.String(required=True)
    how = fields.String(required=True)
    code = fields.String(required=True)


class BandIn(Schema):
    floor = Whole(-LARGEST_MINOR, LARGEST_MINOR, required=True, metadata={"description": "Money in minor units."})
    label = LABEL()


class BandsIn(Schema):
    bands = fields.List(fields.Nested(BandIn), required=True, validate=validate.Length(max=MOST_BANDS))


class Band(Schema):
    floor = fields.Integer(required=True)
    key = fields.String(required=True)
    label = fields.String(required=True)


class Bands(Schema):
    bands = fields.List(fields.Nested(Band), required=True)
