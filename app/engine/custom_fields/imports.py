"""Custom fields as columns of imported files."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.db import db, one_of
from app.core.errors import Invalid
from app.engine.custom_fields import definitions, values
from app.engine.custom_fields.definitions import Definition
from app.engine.custom_fields.models import custom_unique
from app.engine.filters.operators import lower
from app.engine.imports.cells import MOMENT, PARTS, BadCell, Reading
from app.engine.imports.kinds import Field, ImportKind, Parse, Values


def with_fields(base: ImportKind, kind: str) -> ImportKind:
    """The import with a column for each custom field; rows have their plain values under "custom"."""
    known = definitions.of(kind)

    def parser(how: Reading) -> Parse:
        parse = base.parser(how)

        def parse_all(row: dict[str, str]) -> Values:
            return parse(row) | {"custom": _read_row(known, row, how)}

        return parse_all

    def show(row: Values, how: Reading) -> tuple[str, ...]:
        own = row["custom"]
        said = (values.in_words(kind, field.name, own.get(field.key)) for field in known)
        return (*base.show(row, how), *said)

    columns = (*base.fields, *(_column(field) for field in known))
    return replace(base, fields=columns, parser=parser, show=show, shown=(*base.shown, *(one.label for one in known)))


def _column(field: Definition) -> Field:
    return Field(field.name, field.label, (field.key,), type="date" if field.type_key == "date" else "text")


def _read_row(known: Sequence[Definition], row: Mapping[str, str], how: Reading) -> dict[str, Any]:
    """What the row says; what it leaves empty is not said."""
    found = {}
    for field in known:
        if typed := row.get(field.name, ""):
            try:
                found[field.key] = field.type.read(_day(typed, how) if field.type_key == "date" else typed, field)
            except Invalid as refusal:
                raise BadCell(f"{field.label}: {refusal}", field.name) from None
    return found


def _day(typed: str, how: Reading) -> str:
    """A date in the order the file has, as forms have it; what is none is left to the type to refuse."""
    found = MOMENT.fullmatch(typed)
    if not found:
        return typed
    order = PARTS["year" if len(found[1]) == 4 else how.date_order]
    parts = dict(zip(order, (int(found[1]), int(found[2]), int(found[3])), strict=True))
    if len(found[1]) != 4 and parts["year"] < 100:
        this_century = date.today().year // 100 * 100
        parts["year"] += this_century if parts["year"] <= date.today().year % 100 else this_century - 100
    try:
        return date(**parts).isoformat()
    except ValueError:
        return typed


class Taker:
    """Puts the values of some rows into their records, and knows which unique values belong to whom."""

    def __init__(self, kind: str, rows: Sequence[Values]):
        self.kind = kind
        self._unique = {field.key: field for field in definitions.of(kind) if field.is_unique}
        said = [row.get("custom", {}) for row in rows]
        keys = {value_key(field, custom[field.key]) for custom in said for field in self._of(custom)}
        held = select(custom_unique).where(one_of(custom_unique.c.value_key, keys)) if keys else None
        found = db.session.execute(held).all() if held is not None else ()
        self._owners = {(one.field_id, one.value_key): one.record_id for one in found}

    def _of(self, custom: Mapping[str, Any]) -> list[Definition]:
        return [field for key, field in self._unique.items() if key in custom]

    def put(self, record_id: UUID, stored: values.Stored, row: Values, *, is_new: bool = False) -> dict[str, Any]:
        """What the record's column holds after the row. Raises: BadCell."""
        custom = row.get("custom", {})
        try:
            after = values.put(self.kind, record_id, stored, custom, is_new=is_new)
        except Invalid as refusal:
            name, sentences = next(iter(refusal.errors.items()))
            raise BadCell(f"{values.label_of(self.kind, name)}: {sentences[0]}", name) from None
        for field in self._of(custom):
            owner = self._owners.setdefault((field.field_id, value_key(field, custom[field.key])), record_id)
            if owner != record_id:
                raise BadCell(f"{field.label}: Another {self.kind} has this already.", field.name)
        return after


def value_key(field: Definition, value: Any) -> str:
    """What the registry of unique values knows a plain value by, as the function in the database makes it."""
    if field.is_sensitive:
        return values.blind_index(field, value)
    said = value if isinstance(value, str) else str(value)
    return hashlib.sha256(lower(said).encode()).hexdigest()
