"""Chats on web pages."""

from marshmallow import fields, validate

from app.api.schemas.base import Flag, Moment, Schema, Text, Versioned, Whole
from app.widget.actions.widgets import (
    ASKS,
    FEWEST_DAYS,
    LONGEST_NAME,
    LONGEST_PATTERN,
    LONGEST_TEXT,
    LONGEST_WAIT_SECONDS,
    MINUTES_A_DAY,
    MOST_DAYS,
    MOST_ORIGINS,
    MOST_RULES,
    SIDES,
    clean_origin,
)

HEX = validate.Regexp("^#[0-9a-fA-F]{6}$", error="Six digits, such as #1b6ac9.")


def _origin() -> Text:
    return Text(clean_origin, 200, required=True)


class WidgetRule(Schema):
    page = Text(
        str.strip,
        LONGEST_PATTERN,
        load_default="",
        metadata={"description": "Of the address after the name, such as /lamps/*."},
    )
    seconds = Whole(most=LONGEST_WAIT_SECONDS, required=True)
    words = Text(str.strip, LONGEST_TEXT, required=True)


class WidgetChange(Schema):
    name = Text(str.strip, LONGEST_NAME, may_be_empty=False)
    colour = fields.String(validate=HEX)
    side = fields.String(validate=validate.OneOf(SIDES))
    greeting = Text(str.strip, LONGEST_TEXT, may_be_empty=False)
    away_text = Text(str.strip, LONGEST_TEXT, may_be_empty=False)
    asks_name = fields.String(validate=validate.OneOf(ASKS))
    asks_email = fields.String(validate=validate.OneOf(ASKS))
    origins = fields.List(_origin(), validate=validate.Length(max=MOST_ORIGINS))
    tells_page = Flag()
    rules = fields.List(fields.Nested(WidgetRule), validate=validate.Length(max=MOST_RULES))
    offer_after_minutes = Whole(1, MINUTES_A_DAY)
    mail_after_minutes = Whole(1, MINUTES_A_DAY)
    is_on = Flag()


class WidgetIn(WidgetChange):
    name = Text(str.strip, LONGEST_NAME, required=True)


class Widget(Versioned):
    id = fields.UUID(attribute="widget_id", required=True)
    key = fields.String(required=True, metadata={"description": "Names the chat on its pages; no secret."})
    name = fields.String(required=True)
    colour = fields.String(required=True)
    side = fields.String(required=True)
    greeting = fields.String(required=True)
    away_text = fields.String(required=True)
    asks_name = fields.String(required=True)
    asks_email = fields.String(required=True)
    origins = fields.List(fields.String(), required=True)
    tells_page = fields.Boolean(required=True)
    rules = fields.List(fields.Nested(WidgetRule), required=True)
    offer_after_minutes = fields.Integer(required=True)
    mail_after_minutes = fields.Integer(required=True)
    is_on = fields.Boolean(required=True)
    created_at = Moment(required=True)
    version = fields.Integer(required=True)


class WidgetSecret(Schema):
    id = fields.UUID(attribute="widget_id", required=True)
    secret = fields.String(required=True)


class VisitorSettings(Schema):
    forget_after_days = Whole(
        FEWEST_DAYS,
        MOST_DAYS,
        required=True,
        metadata={"description": "Days after their last chat ended, for visitors who never proved who they are."},
    )
