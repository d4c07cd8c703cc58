"""Reading definitions, and what records hold of them."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, any_, bindparam, func, literal, literal_column, select

from app.core.db import db, one_of
from app.core.errors import NotFound
from app.engine.custom_fields import definitions
from app.engine.custom_fields.kinds import KINDS, CustomKind
from app.engine.custom_fields.models import CustomField, custom_searched

MOST_FOUND = 10_000
MOST_WORDS = 6
ROWS_AT_ONCE = 5_000


class Held(NamedTuple):
    """The value a record has of a field, as it is stored."""

    record_id: UUID
    value: Any


def get_kind(key: str) -> CustomKind:
    """One of the kinds of records with custom fields. Raises: NotFound."""
    if key not in KINDS:
        raise NotFound
    return KINDS[key]


def get_field(field_id: UUID) -> CustomField:
    """One definition. Raises: NotFound."""
    field = db.session.get(CustomField, field_id)
    if field is None or field.kind not in KINDS:
        raise NotFound
    return field


def list_fields(kind: str) -> Sequence[CustomField]:
    """All definitions of a kind in their order, the archived ones last."""
    archived = CustomField.archived_at.is_not(None)
    query = select(CustomField).where(CustomField.kind == kind)
    return db.session.scalars(query.order_by(archived, CustomField.position, CustomField.key)).all()


def count_filled(kind: CustomKind) -> dict[str, int]:
    """How many records have a value, by the field's key."""
    custom = kind.model.custom
    return _count_each(select(func.jsonb_object_keys(custom).label("each")).where(custom != literal({}, custom.type)))


def held(kind: CustomKind, key: str) -> Iterator[Held]:
    """What all records hold of one field."""
    query = select(kind.entity.id, kind.model.custom[key]).where(kind.model.custom.has_key(key))
    for row in db.session.execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
        yield Held(*row)


def count_chosen(kind: CustomKind, key: str) -> dict[str, int]:
    """How many records have each option of a field."""
    path = literal(f"$.{key}[*]").op("::")(literal_column("jsonpath"))
    option = func.jsonb_path_query(kind.model.custom, path).op("#>>", return_type=Text())(literal_column("'{}'"))
    return _count_each(select(option.label("each")).where(kind.model.custom.has_key(key)))


def _count_each(query: Select[Any]) -> dict[str, int]:
    rows = query.subquery()
    return dict(db.session.execute(select(rows.c.each, func.count()).group_by(rows.c.each)).tuples().all())


def says(kind: str, id_column: Any, words: str) -> ColumnElement[bool] | None:
    """The condition that every word is in a searchable field of a record; None where nothing is searchable."""
    if not any(field.is_searched for field in definitions.of(kind)):
        return None
    pattern = " ".join(words.split()[:MOST_WORDS]).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    folded = func.fold(bindparam(None, f"%{pattern}%", literal_execute=True))
    fields = [field.field_id for field in definitions.of(kind) if field.is_searched]
    found: Select[Any] = select(custom_searched.c.record_id).where(
        func.fold(custom_searched.c.words).like(folded), one_of(custom_searched.c.field_id, fields)
    )
    return id_column == any_(func.array(found.limit(MOST_FOUND).scalar_subquery()))
