"""Defining fields: add, change, arrange, archive, restore."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import func, select

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, is_storable
from app.core.errors import Conflict, Invalid
from app.engine.custom_fields import converting, definitions, queries
from app.engine.custom_fields.definitions import Definition
from app.engine.custom_fields.kinds import KINDS, CustomKind
from app.engine.custom_fields.models import CustomField
from app.engine.custom_fields.options import LONGEST_LABEL, new_key, one_line, revise
from app.engine.custom_fields.types import TYPES, FieldType
from app.engine.events import actions as events

LONGEST_HEADING = 60
LONGEST_HELP = 300
MOST_FIELDS = 100


@dataclass(frozen=True)
class FieldDetails:
    """What an admin says of a field. `options` are (key, label) pairs, an empty key for a new one.

    `initial` is typed, as the form of a new record would have it.
    """

    label: str
    type: str = "text"
    options: Sequence[tuple[str, str]] = field(default=())
    is_required: bool = False
    is_unique: bool = False
    is_sensitive: bool = False
    is_searched: bool = False
    initial: str = ""
    heading: str = ""
    help: str = ""


def add_field(kind: CustomKind, wanted: FieldDetails, *, actor: Actor) -> CustomField:
    """Give all records of a kind one more field. Raises: Invalid, by field of the form."""
    _lock(kind.key)
    known = queries.list_fields(kind.key)
    if len(known) >= MOST_FIELDS:
        raise Invalid(f"{kind.label} have {MOST_FIELDS} fields, archived ones among them. That is the most.")
    made = CustomField(
        kind=kind.key,
        key=new_key(wanted.label, {one.key for one in known}, "field"),
        options=[],
        is_sensitive=wanted.is_sensitive,
        position=max((one.position for one in known), default=0) + 1,
    )
    _describe(made, wanted)
    db.session.add(made)
    _changed(made, actor)
    return made


def edit_field(made: CustomField, wanted: FieldDetails, *, actor: Actor) -> None:
    """Change a field; its values stay. An option that is left out is gone, and stays where it was chosen.

    Another type is taken where all values make sense in it. Raises: Invalid; Conflict for an archived field.
    """
    _lock(made.kind)
    db.session.refresh(made)
    if made.archived_at is not None:
        raise Conflict("This field is archived. Restore it first.")
    if wanted.is_sensitive != made.is_sensitive:
        raise Invalid(errors={"is_sensitive": ["Whether a field is sensitive is decided when it is made."]})
    kind, was = KINDS[made.kind], definition_of(made)
    _check_type(wanted)
    said = [] if wanted.type == made.type else converting.retype(kind, was, wanted.type)
    if said and TYPES[wanted.type].has_options:
        options = wanted.options or [(one.key, one.label) for one in was.offered]
        wanted = replace(wanted, options=converting.options_of(said, wanted.type, options))
    _describe(made, wanted)
    db.session.flush()
    converting.rewrite(kind, definition_of(made), said)
    converting.keep_beside(kind, definition_of(made), was)
    _changed(made, actor)


def move_field(made: CustomField, place: int, *, actor: Actor) -> None:
    """Put a field elsewhere among those of its kind; 0 is the first place."""
    _lock(made.kind)
    shown = [one for one in queries.list_fields(made.kind) if one.archived_at is None and one is not made]
    shown.insert(max(0, min(place, len(shown))), made)
    for number, one in enumerate(shown):
        one.position = number
    _changed(made, actor)


def archive_field(made: CustomField, *, actor: Actor) -> None:
    """Show a field nowhere any more; the values are kept."""
    if made.archived_at is None:
        made.archived_at = now()
        _changed(made, actor)


def restore_field(made: CustomField, *, actor: Actor) -> None:
    """Show it again, with the values it had. Raises: Invalid when another field is called so by now."""
    if made.archived_at is not None:
        _lock(made.kind)
        if _is_taken(made, made.label):
            raise Invalid(f"Another field is called {made.label} by now. Rename that one first.")
        made.archived_at = None
        _changed(made, actor)


def definition_of(made: CustomField) -> Definition:
    """The definition a row stands for."""
    return definitions.definition_of({key: getattr(made, key) for key in CustomField.__table__.columns.keys()})


def _describe(made: CustomField, wanted: FieldDetails) -> None:
    """Check and take over everything that can change. Raises: Invalid, with all refusals at once."""
    kind_of = _check_type(wanted)
    errors = _flag_errors(kind_of, wanted)
    with db.session.no_autoflush:
        for check in (_take_words, _take_options, _take_initial):
            try:
                check(made, wanted)
            except Invalid as refusal:
                errors |= refusal.errors
    if errors:
        raise Invalid(errors=errors)
    made.type = wanted.type
    made.is_required, made.is_unique = wanted.is_required, wanted.is_unique
    made.is_searched = wanted.is_searched


def _check_type(wanted: FieldDetails) -> FieldType:
    if wanted.type not in TYPES:
        raise Invalid(errors={"type": ["Choose one of the types."]})
    return TYPES[wanted.type]


def _flag_errors(kind_of: FieldType, wanted: FieldDetails) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if wanted.is_unique and not kind_of.can_be_unique:
        errors["is_unique"] = ["Only texts, numbers and links can be different for each."]
    if wanted.is_sensitive and not kind_of.can_be_sensitive:
        errors["is_sensitive"] = ["Choices, yes or no, and links cannot be sensitive."]
    if wanted.is_searched and (wanted.is_sensitive or not kind_of.can_be_searched):
        errors["is_searched"] = ["Only texts and links that are not sensitive can be searched for."]
    return errors


def _take_words(made: CustomField, wanted: FieldDetails) -> None:
    errors: dict[str, list[str]] = {}
    for name, longest in (("label", LONGEST_LABEL), ("heading", LONGEST_HEADING), ("help", LONGEST_HELP)):
        try:
            setattr(made, name, one_line(getattr(wanted, name), longest))
        except Invalid as refusal:
            errors[name] = [str(refusal)]
    if "label" not in errors and not made.label:
        errors["label"] = ["Name the field."]
    elif "label" not in errors and _is_taken(made, made.label):
        errors["label"] = ["Another field is called so."]
    if errors:
        raise Invalid(errors=errors)


def _take_options(made: CustomField, wanted: FieldDetails) -> None:
    if not TYPES[wanted.type].has_options:
        made.options = []
        return
    before = definitions.options_of(made.options)
    kept = {key for key, label in wanted.options if label.strip()}
    is_cut = any(option.key not in kept for option in before)
    chosen = queries.count_chosen(KINDS[made.kind], made.key) if is_cut else {}
    try:
        revised = revise(before, wanted.options, chosen.keys())
    except Invalid as refusal:
        raise Invalid(errors={"more_options": [str(refusal)]}) from None
    made.options = [
        {"key": one.key, "label": one.label, **({"is_gone": True} if one.is_gone else {})} for one in revised
    ]


def _take_initial(made: CustomField, wanted: FieldDetails) -> None:
    made.initial = None
    if not wanted.initial.strip():
        return
    if wanted.is_sensitive or wanted.is_unique or not is_storable(wanted.initial):
        raise Invalid(errors={"initial": ["A field that is sensitive or different for each starts empty."]})
    so_far = Definition(
        made.field_id, made.kind, made.key, wanted.label, wanted.type, definitions.options_of(made.options)
    )
    try:
        made.initial = so_far.type.read(wanted.initial, so_far)
    except Invalid as refusal:
        raise Invalid(errors={"initial": [str(refusal)]}) from None


def _is_taken(made: CustomField, label: str) -> bool:
    same = select(CustomField.field_id).where(
        CustomField.kind == made.kind,
        CustomField.archived_at.is_(None),
        func.fold(CustomField.label) == func.fold(label),
    )
    return any(one != made.field_id for one in db.session.scalars(same))


def _lock(kind: str) -> None:
    """One change of a kind's fields at a time."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"custom_fields:{kind}", 0))))


def _changed(made: CustomField, actor: Actor) -> None:
    db.session.flush()
    details: dict[str, Any] = {"kind": made.kind, "key": made.key}
    events.emit("custom_fields.changed", actor=actor, subject_id=None, **details)
    definitions.changed()
