"""Message types, templates and their versions."""

from marshmallow import fields, validate

from app.api.schemas.base import Moment, PageQuery, Schema, Text, Versioned, Whole, sort_field
from app.reach.messages.actions import templates, types
from app.reach.messages.models import MessageType as Kind
from app.reach.messages.purposes import PURPOSES
from app.reach.messages.queries import ORDERS

STATE = fields.String(load_default="active", validate=validate.OneOf(("active", "archived")))
PURPOSE = {"description": "`marketing` goes only to who agreed to it; the others need no consent."}
WORDS = {
    "type": "object",
    "additionalProperties": True,
    "description": "Texts by channel, language and part, such as `{email: {en: {subject, body}}}`. They may hold"
    " placeholders like `{customer.first_name|there}` and conditions like `{if customer.company}…{else}…{end}`.",
}


def _plain(text: str) -> str:
    return " ".join(text.split())


class TypesQuery(PageQuery):
    state = STATE


class TypeIn(Schema):
    key = fields.String(
        load_default="",
        validate=validate.Regexp(r"^$|^[a-z][a-z0-9-]{0,39}$", error="Use small letters, digits and hyphens."),
        metadata={"description": "What programs call it, for good; without it, made from the name."},
    )
    name = Text(_plain, types.LONGEST_NAME, required=True)
    purpose = fields.String(required=True, validate=validate.OneOf(list(PURPOSES)), metadata=PURPOSE)
    lane = fields.String(
        load_default="default",
        validate=validate.OneOf(list(types.LANES)),
        metadata={"description": "Each has workers of its own: what is `critical` waits behind nothing."},
    )
    lives_minutes = Whole(
        1,
        types.LONGEST_LIFE_MINUTES,
        load_default=3 * 24 * 60,
        metadata={"description": "How long it is worth sending; what could not be sent by then is not sent."},
    )


class TypeChange(Schema):
    name = Text(_plain, types.LONGEST_NAME, may_be_empty=False)
    purpose = fields.String(validate=validate.OneOf(list(PURPOSES)), metadata=PURPOSE)
    lane = fields.String(validate=validate.OneOf(list(types.LANES)))
    lives_minutes = Whole(1, types.LONGEST_LIFE_MINUTES)


class MessageType(Versioned):
    id = fields.UUID(attribute=Kind.message_type_id.key, required=True)
    key = fields.String(required=True)
    name = fields.String(required=True)
    purpose = fields.String(required=True)
    lane = fields.String(required=True)
    lives_minutes = fields.Integer(required=True)
    created_at = Moment(required=True)
    archived_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)


class TemplatesQuery(PageQuery):
    q = Text(str.strip, 100, load_default="", metadata={"description": "A part of the name."})
    message_type_id = fields.UUID(load_default=None)
    state = STATE
    sort = sort_field(ORDERS, "name")


class TemplateIn(Schema):
    name = Text(_plain, templates.LONGEST_NAME, required=True)
    message_type_id = fields.UUID(required=True)
    contents = fields.Raw(required=True, metadata=WORDS)
    comment = Text(_plain, templates.LONGEST_COMMENT, load_default="")


class TemplateChange(Schema):
    name = Text(_plain, templates.LONGEST_NAME, may_be_empty=False)
    message_type_id = fields.UUID()


class Template(Versioned):
    id = fields.UUID(attribute="template.template_id", required=True)
    name = fields.String(attribute="template.name", required=True)
    message_type_id = fields.UUID(attribute="template.message_type_id", required=True)
    purpose = fields.String(required=True)
    number = fields.Integer(required=True, metadata={"description": "The number of the newest version of its words."})
    contents = fields.Dict(required=True, metadata=WORDS)
    written_at = Moment(required=True, metadata={"description": "When its newest version was written."})
    created_at = Moment(attribute="template.created_at", required=True)
    archived_at = Moment(attribute="template.archived_at", required=True, allow_none=True)
    version = fields.Integer(required=True)


class VersionIn(Schema):
    contents = fields.Raw(load_default=None, metadata=WORDS)
    as_number = Whole(
        1,
        load_default=None,
        allow_none=True,
        metadata={"description": "Instead of `contents`: the version of before whose words hold again."},
    )
    base_number = Whole(
        1,
        load_default=None,
        allow_none=True,
        metadata={
            "description": "The version that was changed. What others wrote since in other places stays; where both"
            " changed the same text it is refused with 409. Without it, theirs is replaced."
        },
    )
    comment = Text(_plain, templates.LONGEST_COMMENT, load_default="")


class TemplateVersion(Schema):
    id = fields.UUID(attribute="version_id", required=True)
    template_id = fields.UUID(required=True)
    number = fields.Integer(required=True)
    contents = fields.Dict(required=True, metadata=WORDS)
    comment = fields.String(required=True)
    written_by = fields.UUID(required=True, allow_none=True)
    written_at = Moment(required=True)
