"""The kinds of records that have custom fields, and how lists and filters learn of them at run time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import current_app

from app.core import reseal
from app.core.access import Actor, actor
from app.engine.custom_fields import definitions, facts, imports, sorting, values
from app.engine.custom_fields.access import may_read
from app.engine.custom_fields.definitions import PREFIX, Definition
from app.engine.custom_fields.types import say_choice
from app.engine.filters.fields import Entity, Field
from app.engine.imports.kinds import ImportKind
from app.engine.imports.kinds import add_kind as add_import
from app.engine.records import pages
from app.engine.views.columns import LISTS, Column, Drawing, replace_columns


@dataclass(frozen=True, eq=False)
class CustomKind:
    """Records with custom fields: rows of `model`, which has a column `custom`, and their filter entity.

    The entity's key is the kind's. `imported`: how files of them are read; its rows get "custom".
    `row_of`: the row in what a record's page knows it by.
    """

    entity: Entity
    model: Any
    imported: ImportKind | None = None
    row_of: Callable[[Any], Any] = field(default=lambda record: record)

    @property
    def key(self) -> str:
        """What the kind is called by."""
        return self.entity.key

    def id_of(self, record: Any) -> UUID:
        """The id of one of them."""
        found: UUID = getattr(record, str(self.entity.id.key))
        return found

    @property
    def label(self) -> str:
        """What people call its records."""
        return self.entity.label


KINDS: dict[str, CustomKind] = {}


def add_kind(kind: CustomKind) -> None:
    """Let records of one more kind have custom fields."""
    KINDS[kind.key] = kind

    def load(actor: Actor, record: Any) -> Any:
        row = kind.row_of(record)
        return facts.of_record(actor, kind.key, kind.id_of(row), row.custom)

    table, id_column = kind.model.__table__.name, str(kind.entity.id.key)
    row = f"'{table}' AS of_table, {id_column}::text AS row_id"
    reseal.add_documents(reseal.Documents(table, (id_column,), ("custom",), row, is_column=True))
    panel = pages.Panel("custom", "More", kind.entity.permission, "custom_fields/_facts.html", load=load, place="facts")
    pages.add_panel(kind.key, panel)


def seal_again(table: str, row_id: str, stored: values.Stored) -> values.Stored:
    """What a record of a table holds, sealed with the present key; of other tables as it is. Raises: CannotDecrypt."""
    kind = next((one for one in KINDS.values() if one.model.__table__.name == table), None)
    return values.seal_again(kind.key, UUID(row_id), stored) if kind else stored


def tell() -> None:
    """Let filters and lists know what is defined now."""
    for kind in KINDS.values():
        fields = definitions.of(kind.key)
        kind.entity.replace_fields(PREFIX, *(_field(kind, one) for one in fields))
        if kind.entity.url in LISTS:
            replace_columns(kind.entity.url, PREFIX, *(_column(kind, one) for one in fields))
        if kind.imported:
            add_import(imports.with_fields(kind.imported, kind.key))


def _field(kind: CustomKind, of: Definition) -> Field:
    """A field as filters ask for it; of a sealed one only whether it is there."""
    value = kind.model.custom[of.key]
    if of.is_sensitive:
        return Field(of.name, of.label, "sealed", value, group=of.heading)
    choices = [(one.key, say_choice(one.key, of)) for one in of.options] if of.type.has_options else None
    return Field(
        of.name,
        of.label,
        of.type.asks,
        of.type.column(value),
        (lambda: choices) if choices is not None else None,
        group=of.heading,
    )


def _column(kind: CustomKind, of: Definition) -> Column:
    """A field as lists and their files show it: a sealed value is masked for whoever may not read it."""

    def read(row: Any) -> Any:
        value = row.custom.get(of.key)
        if value is None:
            return None
        if of.is_sensitive:
            is_masked = not may_read(actor(), is_sensitive=True)
            return values.words(of, kind.id_of(row), row.custom, is_masked=is_masked)
        return _drawn(of, value) if values.is_sound(of, value) else None

    draws: Drawing = "text" if of.is_sensitive else of.type.draws
    return Column(
        of.name,
        of.label,
        draws,
        read,
        sort=of.name if sorting.can_sort(of) else "",
        sort_words=sorting.WORDS.get(of.type_key),
    )


def _drawn(of: Definition, value: Any) -> Any:
    """A plain value as its drawing takes it."""
    if of.type.draws == "money":
        return value, current_app.extensions["rapport"].currency
    if of.type.draws == "day":
        return date.fromisoformat(value)
    if of.type.draws == "link":
        return value, value
    if of.type.draws == "figure":
        return Decimal(str(value))
    return of.type.words(value, of)
