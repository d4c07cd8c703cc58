"""The definitions as every process knows them: read once, and again at once after any of them changes.

What tells is a token in Redis. Whoever changes a definition replaces it after the commit; a process that
sees another one than it knows reads all definitions again, in one statement. The token itself ends after
a minute, so that a change that Redis missed is noticed all the same.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from redis import Redis
from sqlalchemy import select

from app.core.db import after_commit, db
from app.core.redis import read, redis
from app.engine.custom_fields.models import CustomField
from app.engine.custom_fields.types import TYPES, FieldType, Option

PREFIX = "custom."
TOKEN = "custom_fields:token"  # noqa: S105 - names a version
TOKEN_SECONDS = 60
BLIND_SECONDS = 1.0


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


class _Known:
    """What this process knows."""

    def __init__(self) -> None:
        self.token = ""
        self.read_at = 0.0
        self.by_kind: Mapping[str, Mapping[str, Definition]] = {}
        self.tell: list[Callable[[], None]] = []


_known = _Known()


def of(kind: str) -> list[Definition]:
    """The fields that records of a kind have, in their order."""
    return [one for one in _of(kind).values() if not one.is_archived]


def find(kind: str, key: str) -> Definition | None:
    """One of them, archived or not, by its key."""
    return _of(kind).get(key)


def _of(kind: str) -> Mapping[str, Definition]:
    if not _known.token:
        refresh()
    return _known.by_kind.get(kind, {})


def when_changed(tell: Callable[[], None]) -> None:
    """Call this whenever the definitions were read anew."""
    if tell not in _known.tell:
        _known.tell.append(tell)


def refresh() -> None:
    """Know what is defined now: no statement as long as nothing changed."""
    fresh = uuid4().hex
    known = read(TOKEN)
    token = known.decode() if known else redis.attempt(lambda client: _token(client, fresh), "")
    if token and token == _known.token:
        return
    if not token and _known.token and time.monotonic() - _known.read_at < BLIND_SECONDS:
        return  # without Redis nobody can be asked, and the tables no more often than this
    _known.by_kind = _read()
    _known.token, _known.read_at = token or fresh, time.monotonic()
    for tell in _known.tell:
        tell()


def _token(client: Redis, fresh: str) -> str:
    present: Any = client.set(TOKEN, fresh, nx=True, get=True, ex=TOKEN_SECONDS)
    return present.decode() if present else fresh


def changed() -> None:
    """Let every process read the definitions again, once the present transaction is committed."""
    after_commit(_announce)


def _announce() -> None:
    _known.token = ""
    redis.attempt(lambda client: client.set(TOKEN, uuid4().hex, ex=TOKEN_SECONDS), None)


def _read() -> dict[str, dict[str, Definition]]:
    columns = CustomField.__table__.c
    rows = db.session.execute(select(CustomField.__table__).order_by(columns.kind, columns.position, columns.key))
    found: dict[str, dict[str, Definition]] = {}
    for row in rows.mappings():
        found.setdefault(row["kind"], {})[row["key"]] = definition_of(dict(row))
    return found


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
