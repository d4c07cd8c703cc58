"""The definitions as every process knows them, and what each makes of them whenever they change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core import known
from app.core.db import after_commit, db
from app.core.known import Known
from app.engine.custom_fields.models import CustomField
from app.engine.custom_fields.types import TYPES, FieldType, Option

PREFIX = "custom."


@dataclass(frozen=True)
class Definition:
    """One custom field as it is now. Equal ones are the same in every respect."""

    field_id: UUID
    kind: str
    key: str
    label: str
    type_key: str
    options: tuple[Option, ...] = ()
    is_required: bool = False
    is_unique: bool = False
    is_sensitive: bool = False
    is_searched: bool = False
    initial: Any = None
    heading: str = ""
    help: str = ""
    archived_at: datetime | None = None

    @property
    def name(self) -> str:
        """What it is called in forms, filters and lists, where other fields stand beside it."""
        return PREFIX + self.key

    @property
    def type(self) -> FieldType:
        """How its values are read, said and asked for."""
        return TYPES[self.type_key]

    @property
    def is_archived(self) -> bool:
        """Shown nowhere; its values are kept."""
        return self.archived_at is not None

    @property
    def offered(self) -> list[Option]:
        """The options that can be chosen now."""
        return [option for option in self.options if not option.is_gone]


def of(kind: str) -> list[Definition]:
    """The fields that records of a kind have, in their order."""
    return [one for one in _of(kind).values() if not one.is_archived]


def find(kind: str, key: str) -> Definition | None:
    """One of them, archived or not, by its key."""
    return _of(kind).get(key)


def _of(kind: str) -> Mapping[str, Definition]:
    if not _in_use:
        refresh()
    return _in_use[0].get(kind, {})


def when_changed(tell: Callable[[], None]) -> None:
    """Call this whenever the definitions were read anew."""
    if tell not in _told:
        _told.append(tell)


def refresh() -> None:
    """Know what is defined now: no statement as long as nothing changed."""
    defined = _defined.get()
    if not _in_use or _in_use[0] is not defined:
        _in_use[:] = [defined]
        for tell in _told:
            tell()


def changed() -> None:
    """Let every process read the definitions again, once the present transaction is committed."""
    known.changed()
    after_commit(_in_use.clear)


def _read() -> dict[str, dict[str, Definition]]:
    columns = CustomField.__table__.c
    rows = db.session.execute(select(CustomField.__table__).order_by(columns.kind, columns.position, columns.key))
    found: dict[str, dict[str, Definition]] = {}
    for row in rows.mappings():
        found.setdefault(row["kind"], {})[row["key"]] = definition_of(dict(row))
    return found


_defined = Known(_read)
_in_use: list[dict[str, dict[str, Definition]]] = []
_told: list[Callable[[], None]] = []


def definition_of(row: Mapping[str, Any]) -> Definition:
    """A definition of the columns of its row."""
    same = ("field_id", "kind", "key", "label", "is_required", "is_unique", "is_sensitive", "is_searched")
    return Definition(
        **{name: row[name] for name in (*same, "initial", "heading", "help", "archived_at")},
        type_key=row["type"],
        options=options_of(row["options"]),
    )


def options_of(listed: Sequence[Mapping[str, Any]]) -> tuple[Option, ...]:
    """Options as they are stored."""
    return tuple(Option(one["key"], one["label"], one.get("is_gone", False)) for one in listed)
