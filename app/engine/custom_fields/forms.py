"""Custom fields as people meet them in forms: on a record, and where an admin defines them."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any, TypeVar
from uuid import UUID

from flask import current_app, request
from wtforms import (
    BooleanField,
    Field,
    Form,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.widgets import CheckboxInput, ListWidget

from app.core.access import Actor
from app.core.db import is_storable
from app.core.errors import Invalid
from app.core.forms import Form as HouseForm
from app.core.forms import strip
from app.engine.custom_fields import definitions, values
from app.engine.custom_fields.access import may_read
from app.engine.custom_fields.actions import FieldDetails
from app.engine.custom_fields.definitions import Definition
from app.engine.custom_fields.models import CustomField
from app.engine.custom_fields.types import TYPES, say_choice
from app.engine.custom_fields.values import Stored

AnyForm = TypeVar("AnyForm", bound=Form)
NOBODY_KNOWS = ("", "–")
ANSWERS = (NOBODY_KNOWS, ("yes", "Yes"), ("no", "No"))
ELSEWHERE = "changed elsewhere"


class Required:
    """Tells a form to say so; whether it is filled in is checked with the value."""

    field_flags = {"required": True}

    def __call__(self, _form: Form, _field: Field) -> None:
        """Never refuses."""


def with_fields(form: type[AnyForm], kind: str) -> type[AnyForm]:
    """The form with an input for each custom field, under its name."""
    inputs = {field.name: _input(field) for field in definitions.of(kind)}
    return type(form.__name__, (form,), inputs)


def _input(field: Definition) -> Any:
    told = {"label": field.label, "validators": [Required()] if field.is_required else [], "description": field.help}
    if field.type_key == "long":
        return TextAreaField(**told, render_kw={"rows": 3})
    if field.type_key == "yes":
        return SelectField(**told, choices=list(ANSWERS), validate_choice=False)
    if field.type_key == "choice":
        return SelectField(**told, choices=[NOBODY_KNOWS, *_choices(field)], validate_choice=False)
    if field.type_key == "several":
        looks = {"widget": ListWidget(prefix_label=False), "option_widget": CheckboxInput()}
        return SelectMultipleField(**told, choices=_choices(field), validate_choice=False, **looks)
    if field.type_key == "money" and not field.help:
        told["description"] = f"In {current_app.extensions['rapport'].currency}."
    looks = {"date": {"type": "date"}, "link": {"type": "url"}, "number": {"inputmode": "decimal"}}
    return StringField(**told, render_kw={"autocomplete": "off", **looks.get(field.type_key, {})})


def _choices(field: Definition) -> list[tuple[str, str]]:
    return [(option.key, option.label) for option in field.offered]


def groups(form: Form, kind: str) -> list[tuple[str, list[Field]]]:
    """The custom inputs of a form under their headings, those without a heading first."""
    fields = sorted(definitions.of(kind), key=lambda field: field.heading != "")
    order = list(dict.fromkeys(field.heading for field in fields))
    fields.sort(key=lambda field: order.index(field.heading))
    return [
        (heading, [form[field.name] for field in some if field.name in form])
        for heading, some in groupby(fields, lambda field: field.heading)
    ]


def fill_new(form: Form, kind: str) -> None:
    """Show what fields have at first."""
    for field in definitions.of(kind):
        if field.initial is not None:
            _fill(form[field.name], field, field.initial)


def fill(form: Form, kind: str, record_id: UUID, stored: Stored, actor: Actor) -> None:
    """Show the values of a record; sensitive ones stay out of the page of whoever may not read them."""
    for field in definitions.of(kind):
        if field.key in stored and may_read(actor, is_sensitive=field.is_sensitive):
            _fill(form[field.name], field, values.plain(field, record_id, stored))


def _fill(shown: Field, field: Definition, value: Any) -> None:
    if isinstance(value, list):
        shown.data = value
    else:
        shown.data = field.type.typed(value, field) if values.is_sound(field, value) else str(value)


def make_ready(form: Form, kind: str, record_id: UUID, stored: Stored, actor: Actor) -> None:
    """Offer options that are gone where they are chosen; say of what is hidden that it is there, and how to keep it."""
    for field in definitions.of(kind):
        if field.key not in stored:
            continue
        shown, value = form[field.name], stored[field.key]
        chosen = value if isinstance(value, list) else [value]
        gone = [(one.key, say_choice(one.key, field)) for one in field.options if one.is_gone and one.key in chosen]
        if gone:
            shown.choices = [*shown.choices, *gone]
        if not may_read(actor, is_sensitive=field.is_sensitive):
            said = values.words(field, record_id, stored, is_masked=True)
            shown.description = f"Now {said}. Leave it empty to keep it. {field.help}".strip()
            shown.flags.required = False


def read(form: Form, kind: str, actor: Actor, stored: Stored | None = None) -> dict[str, Any]:
    """The plain values that were typed, by name, None for what is empty; `stored` has those of a known record.

    Raises: Invalid, by name.
    """
    found: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for field in definitions.of(kind):
        if field.name not in form:
            continue
        typed = form[field.name].data
        is_hidden = field.key in (stored or {}) and not may_read(actor, is_sensitive=field.is_sensitive)
        try:
            value = typed_value(field, typed)
        except Invalid as refusal:
            errors[field.name] = [str(refusal)]
            continue
        if value is None and field.is_required and not is_hidden:
            errors[field.name] = ["Please fill this in."]
        if value is not None or not is_hidden:
            found[field.name] = value
    if errors:
        raise Invalid(errors=errors)
    return found


def take(form: Form, kind: str, actor: Actor, stored: Stored | None = None) -> dict[str, Any] | None:
    """As `read`; None with each refusal beside its input."""
    try:
        return read(form, kind, actor, stored)
    except Invalid as refusal:
        for name, sentences in refusal.errors.items():
            form[name].errors = [*form[name].errors, *sentences]
        return None


def typed_value(field: Definition, typed: str | Sequence[str] | None) -> Any:
    """What somebody typed or ticked as a plain value, None for nothing. Raises: Invalid."""
    if not typed or (isinstance(typed, str) and not typed.strip()):
        return None
    text = typed if isinstance(typed, str) else "\n".join(typed)
    if not is_storable(text):
        raise Invalid("This contains a character that cannot be stored.")
    return field.type.read(text, field)


def seen(kind: str, record_id: UUID, stored: Stored) -> dict[str, str]:
    """What an editor starts from, for hidden inputs; of a sensitive value only what tells whether it changes."""
    return {field.name: _seen(field, record_id, stored) for field in definitions.of(kind)}


def _seen(field: Definition, record_id: UUID, stored: Stored) -> str:
    value = stored.get(field.key)
    if value is None:
        return ""
    if field.is_sensitive:
        return str(value["index"])
    return field.type.typed(value, field) if values.is_sound(field, value) else str(value)


def seen_values(kind: str, record_id: UUID, stored: Stored) -> dict[str, Any]:
    """What an editor started from, as it came back, in plain values by name."""
    found: dict[str, Any] = {}
    for field in definitions.of(kind):
        sent = request.form.get(f"seen_{field.name}")
        if sent is None:
            continue
        if sent.replace("\r\n", "\n") == _seen(field, record_id, stored):
            found[field.name] = values.plain(field, record_id, stored)
        else:
            found[field.name] = _seen_before(field, sent)
    return found


def _seen_before(field: Definition, sent: str) -> Any:
    if field.is_sensitive:
        return ELSEWHERE if sent else None
    try:
        return typed_value(field, sent)
    except Invalid:
        return ELSEWHERE


class FieldForm(HouseForm):
    """Define a field."""

    label = StringField("Name", filters=[strip])
    type = SelectField("Type", choices=[(one.key, one.label) for one in TYPES.values()], default="text")
    more_options = TextAreaField("Options", description="One on each line.")
    is_required = BooleanField("Must be filled in")
    is_unique = BooleanField("Must be different for each")
    is_sensitive = BooleanField("Sensitive", description="Kept encrypted; masked for whoever may not read it.")
    is_searched = BooleanField("Found by search")
    initial = StringField("New ones start with", filters=[strip])
    heading = StringField("Heading", filters=[strip], description="Fields with the same heading stand together.")
    help = StringField("Help", filters=[strip], description="Shown under the field.")

    def fill(self, made: CustomField, initial: str) -> None:
        """Show a field as it is."""
        for name in ("label", "type", "is_required", "is_unique", "is_sensitive", "is_searched", "heading", "help"):
            self[name].data = getattr(made, name)
        self.initial.data = initial

    def read(self) -> FieldDetails:
        """What was sent."""
        kept = zip(request.form.getlist("option_key"), request.form.getlist("option_label"), strict=False)
        more = (("", line) for line in (self.more_options.data or "").splitlines() if line.strip())
        plain = {name: self[name].data for name in ("label", "type", "initial", "heading", "help")}
        flags = {name: self[name].data for name in ("is_required", "is_unique", "is_sensitive", "is_searched")}
        return FieldDetails(**plain, **flags, options=[*kept, *more])


def typed_options(made: CustomField | None) -> list[tuple[str, str]]:
    """The rows of options as the form shows them: as they were sent, else those the field has."""
    if request.method == "POST":
        return list(zip(request.form.getlist("option_key"), request.form.getlist("option_label"), strict=False))
    return [(one["key"], one["label"]) for one in made.options if not one.get("is_gone")] if made else []
