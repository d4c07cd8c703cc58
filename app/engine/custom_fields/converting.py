"""What is kept beside and inside of records when a field changes: other types, unique values, words to find."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.core.db import db
from app.core.errors import Invalid
from app.engine.custom_fields import queries, storing, values
from app.engine.custom_fields.definitions import Definition
from app.engine.custom_fields.kinds import CustomKind
from app.engine.custom_fields.types import TYPES, FieldType

AT_ONCE = 5_000


class Said(NamedTuple):
    """A record's value as it would be typed anew."""

    record_id: UUID
    typed: str


def retype(kind: CustomKind, was: Definition, type_key: str) -> list[Said]:
    """All values of a field as they would be typed into one of another type.

    Raises: Invalid with the number of those that are none of that type.
    """
    new_type = TYPES[type_key]
    said = [Said(one.record_id, _typed(was, one, new_type)) for one in queries.held(kind, was.key)]
    if new_type.has_options:
        return said  # what is no option yet becomes one
    bad = [one.typed for one in said if not _reads(new_type, one.typed, replace(was, type_key=type_key))]
    if bad:
        example = "" if was.is_sensitive else f", such as “{bad[0][:40]}”"
        sentence = f"{len(bad):,} of {len(said):,} values are not of the type {new_type.label.lower()}{example}."
        raise Invalid(errors={"type": [f"{sentence} Change or empty them first."]})
    return said


def _typed(was: Definition, held: queries.Held, new_type: FieldType) -> str:
    value = values.plain(was, held.record_id, {was.key: held.value})
    if not values.is_sound(was, value):
        return str(value)
    if not was.type.has_options:
        return was.type.typed(value, was)
    words = was.type.words(value, was)
    return words.replace(", ", "; ") if new_type.key == "several" else words


def _reads(new_type: FieldType, typed: str, asked: Definition) -> bool:
    try:
        new_type.read(typed, asked)
    except Invalid:
        return False
    return True


def options_of(said: Sequence[Said], type_key: str, wanted: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The options that are wanted, and one more for each value that is none of them."""
    known = {label.casefold() for _key, label in wanted}
    typed = (part.strip() for one in said for part in (one.typed.split(";") if type_key == "several" else [one.typed]))
    more = {part.casefold(): part for part in typed if part and part.casefold() not in known}
    return [*wanted, *(("", part) for part in more.values())]


def rewrite(kind: CustomKind, field: Definition, said: Sequence[Said]) -> None:
    """Write the values of a field that became another type."""
    for start in range(0, len(said), AT_ONCE):
        some = said[start : start + AT_ONCE]
        read = {one.record_id: field.type.read(one.typed, field) for one in some}
        storing.put_each(kind, field.key, {one: values.seal(field, one, value) for one, value in read.items()})


def keep_beside(kind: CustomKind, field: Definition, was: Definition) -> None:
    """Gather what is unique or found by search from now on; forget it where it is no more. Raises: Invalid."""
    if field.is_unique != was.is_unique:
        _gather(kind, field, "custom_unique", "value_key", "custom_value_key(custom -> :key)", wanted=field.is_unique)
    if field.is_searched != was.is_searched:
        _gather(kind, field, "custom_searched", "words", "custom ->> :key", wanted=field.is_searched)


def _gather(kind: CustomKind, field: Definition, side: str, kept: str, value: str, *, wanted: bool) -> None:
    """Nobody writes a record meanwhile: what is written later is kept by the triggers, which know of the field then."""
    table, key = kind.model.__table__.name, kind.entity.id.key
    asked = {"field_id": field.field_id, "key": field.key}
    db.session.execute(text(f"DELETE FROM {side} WHERE field_id = :field_id"), asked)  # noqa: S608 - names of ours
    if not wanted:
        return
    db.session.execute(text(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))
    gathered = f"SELECT {key}, :field_id, {value} FROM {table} WHERE custom ? :key"  # noqa: S608 - names of ours
    try:
        with db.session.begin_nested():
            db.session.execute(text(f"INSERT INTO {side} (record_id, field_id, {kept}) {gathered}"), asked)
    except IntegrityError:
        raise Invalid(errors={"is_unique": [_doubles(kind, field.key)]}) from None


def _doubles(kind: CustomKind, key: str) -> str:
    value = func.custom_value_key(kind.model.custom[key])
    shared = select(func.count().label("times")).where(value.is_not(None)).group_by(value).having(func.count() > 1)
    number = db.session.scalar(select(func.count()).select_from(shared.subquery())) or 0
    values_are = "1 value is" if number == 1 else f"{number:,} values are"
    return f"{values_are} shared by several {kind.label.lower()}. Make them different first."
