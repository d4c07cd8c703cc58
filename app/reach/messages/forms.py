"""What people type about message types and templates."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from wtforms import HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from app.core.errors import Invalid
from app.core.forms import Form, strip
from app.reach.messages.actions import templates, types
from app.reach.messages.actions.templates import TemplateDetails
from app.reach.messages.actions.types import TypeDetails
from app.reach.messages.contents import Sheets
from app.reach.messages.models import MessageType, Template
from app.reach.messages.purposes import PURPOSES

UNITS = {1: "minutes", 60: "hours", 60 * 24: "days"}
WORDS = "contents."


class TypeForm(Form):
    """A message type. How long it is worth sending is typed as a number of units."""

    name = StringField(
        "Name", filters=[strip], validators=[DataRequired("Enter a name."), Length(max=types.LONGEST_NAME)]
    )
    purpose = SelectField("What it is for")
    lane = SelectField("How soon it goes", choices=list(types.LANES.items()))
    lives = IntegerField("Worth sending for", validators=[InputRequired("Enter a number."), NumberRange(1, 100_000)])
    unit = SelectField("Unit", coerce=int, choices=list(UNITS.items()))

    def __init__(self, shown: MessageType | None = None):
        super().__init__(**(_told(shown) if shown else {"lives": 3, "unit": 60 * 24, "lane": "default"}))
        self.purpose.choices = [
            (key, f"{key.capitalize()}: {about[0].lower()}{about[1:]}") for key, about in PURPOSES.items()
        ]

    @property
    def details(self) -> TypeDetails:
        """What was typed."""
        minutes = (self.lives.data or 0) * (self.unit.data or 1)
        return TypeDetails(self.name.data or "", self.purpose.data or "", self.lane.data or "", minutes)

    def blame(self, refusal: Invalid) -> None:
        """As every form; the length of life stands in a field of another name."""
        errors = {"lives" if name == "lives_minutes" else name: words for name, words in refusal.errors.items()}
        super().blame(Invalid(str(refusal), errors=errors))


def _told(shown: MessageType) -> dict[str, object]:
    unit = next(unit for unit in sorted(UNITS, reverse=True) if shown.lives_minutes % unit == 0)
    lives = {"lives": shown.lives_minutes // unit, "unit": unit}
    return {"name": shown.name, "purpose": shown.purpose, "lane": shown.lane, **lives}


class TemplateForm(Form):
    """A template: what it is called, and its words, in fields named by channel, language and part."""

    template_id = HiddenField()
    base = HiddenField()
    sheet = HiddenField()
    person = HiddenField()
    name = StringField(
        "Name", filters=[strip], validators=[DataRequired("Enter a name."), Length(max=templates.LONGEST_NAME)]
    )
    message_type_id = SelectField("Message type")
    comment = StringField(
        "What changed", filters=[strip], validators=[Optional(), Length(max=templates.LONGEST_COMMENT)]
    )

    def __init__(self, **values: Any):
        super().__init__(**values)
        self.words_errors: dict[str, list[str]] = {}

    def blame(self, refusal: Invalid) -> None:
        """As every form; what is wrong with the words stands at them."""
        self.words_errors = {name: words for name, words in refusal.errors.items() if name.startswith(WORDS)}
        others = {name: words for name, words in refusal.errors.items() if name not in self.words_errors}
        if self.words_errors:
            others["contents"] = [*others.get("contents", []), "Some of the words cannot be kept like this: see below."]
        super().blame(Invalid(str(refusal), errors=others))

    def offer(self, types: Sequence[MessageType], shown: Template | None = None) -> None:
        """Let one choose among the types; the present one is among them, also when it was put away."""
        kept = [
            one for one in types if one.archived_at is None or (shown and one.message_type_id == shown.message_type_id)
        ]
        self.message_type_id.choices = [(str(one.message_type_id), one.name) for one in kept]

    @property
    def details(self) -> TemplateDetails:
        """What it is called. The choice of the type was checked."""
        return TemplateDetails(self.name.data or "", UUID(self.message_type_id.data))

    @property
    def base_number(self) -> int | None:
        """Which version was changed."""
        number = self.base.data or ""
        return int(number) if number.isascii() and number.isdigit() and len(number) < 9 else None


def read_words(typed: Mapping[str, str]) -> Sheets:
    """The words among the fields of a form, with what is empty."""
    read: Sheets = {}
    for name, text in typed.items():
        if name.startswith(WORDS) and name.count(".") == 3:
            _, channel, locale, part = name.split(".")
            read.setdefault(channel, {}).setdefault(locale, {})[part] = text
    return read
