"""Sealing everything again after the data key changed.

What is sealed stands in columns of its own, and within JSON: fields of a shop's own, and images of rows that
undo and the trail keep. The same old value becomes the same new one wherever it stands, so that undo still
knows what nobody touched since. `audit_log` itself is never written again, by nobody; see docs/privacy.md.
"""

import base64
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from sqlalchemy import ColumnElement, bindparam, func, inspect, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapper

from app.core.crypto import KEY_ID_BYTES, Encrypted, keyring
from app.core.db import Base, db, sign_writes

BATCH = 500
BYTES = "\\x"


class Place(Protocol):
    """Where sealed values stand."""

    @property
    def label(self) -> str:
        """What it is called on the console."""

    def count_old(self) -> int:
        """How many rows hold a value that is not sealed with the present key."""

    def seal_again(self, *, everything: bool = False) -> Iterator[int]:
        """Seal rows again, some hundred at a time, each time in a transaction of its own; yields how many.

        `everything` takes also those of the present key, which renews their blind indexes.
        Raises: CannotDecrypt, and leaves the rest as it was.
        """


@dataclass(frozen=True)
class Columns:
    """Encrypted attributes of a model."""

    model: type[Any]
    attributes: list[Encrypted]

    @property
    def label(self) -> str:
        """As `Place` has it."""
        return str(self.model.__tablename__)

    def count_old(self) -> int:
        """As `Place` has it."""
        return db.session.scalar(select(func.count()).select_from(self.model).where(self._is_old)) or 0

    def seal_again(self, *, everything: bool = False) -> Iterator[int]:
        """As `Place` has it."""
        key = inspect(self.model).primary_key[0]
        last: Any = None
        while True:
            query = select(self.model).where(key > last) if last is not None else select(self.model)
            if not everything:
                query = query.where(self._is_old)
            rows = db.session.scalars(query.order_by(key).limit(BATCH).with_for_update()).all()
            if not rows:
                return
            for row in rows:
                for attribute in self.attributes:
                    attribute.reseal(row)
            last = inspect(rows[-1]).identity[0]
            db.session.commit()
            yield len(rows)
            db.session.expunge_all()

    @property
    def _is_old(self) -> ColumnElement[bool]:
        columns = [getattr(self.model, one.column) for one in self.attributes]
        return or_(*(func.substring(column, 1, KEY_ID_BYTES) != keyring.current_id for column in columns))


Open = Callable[[str, str, Any], Any]
"""Seals again what a column holds: `open_(table, row_id, value)`. Raises: CannotDecrypt."""

_within: dict[str, Open] = {}


def look_within(column: str, seal_again: Open) -> None:
    """Let columns of this name, in whatever table, be sealed again in a way of their own."""
    _within[column] = seal_again


@dataclass(frozen=True)
class Documents:
    """JSON in which columns of a row stand by their names: one value each, or the list of those before and after.

    `row` says in SQL `of_table` and `row_id`, whose they are. A column that is itself one of the row `is_column`.
    `is_trail`: the trail, which hears of all other changes, comes last.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    row: str
    is_column: bool = False
    is_trail: bool = False

    @property
    def label(self) -> str:
        """As `Place` has it."""
        return f"{self.table}.{self.columns[0]}" if self.is_column else self.table

    def count_old(self) -> int:
        """As `Place` has it."""
        counted = text(f"SELECT count(*) FROM {self.table} WHERE {self._holds}")  # noqa: S608 - names of ours
        return db.session.scalar(counted, {"sealed": _pattern(are_old=True)}) or 0

    def seal_again(self, *, everything: bool = False) -> Iterator[int]:
        """As `Place` has it."""
        last: tuple[Any, ...] = ()
        while rows := self._next(last, _pattern(are_old=not everything)):
            for row in rows:
                self._write(row)
            last = tuple(getattr(rows[-1], name) for name in self.key)
            db.session.commit()
            yield len(rows)
        db.session.expire_all()

    @property
    def _holds(self) -> str:
        return "(" + " OR ".join(f"{column}::text ~ :sealed" for column in self.columns) + ")"

    def _next(self, last: tuple[Any, ...], pattern: str) -> Sequence[Any]:
        sign_writes(db.session())
        key = ", ".join(self.key)
        behind = f" AND ({key}) > ({', '.join(f':last_{name}' for name in self.key)})" if last else ""
        query = (
            f"SELECT {key}, {', '.join(self.columns)}, {self.row} FROM {self.table}"  # noqa: S608 - names of ours
            f" WHERE {self._holds}{behind} ORDER BY {key} LIMIT {BATCH} FOR UPDATE"
        )
        edge = {f"last_{name}": value for name, value in zip(self.key, last, strict=False)}
        return db.session.execute(text(query), {"sealed": pattern, **edge}).all()

    def _write(self, row: Any) -> None:
        changes = ", ".join(f"{column} = :{column}" for column in self.columns)
        here = " AND ".join(f"{name} = :key_{name}" for name in self.key)
        statement = text(f"UPDATE {self.table} SET {changes} WHERE {here}")  # noqa: S608 - names of ours
        as_json = (bindparam(column, type_=JSONB(none_as_null=True)) for column in self.columns)
        values = {column: self._anew(row, column) for column in self.columns}
        key = {f"key_{name}": getattr(row, name) for name in self.key}
        db.session.execute(statement.bindparams(*as_json), {**values, **key})

    def _anew(self, row: Any, column: str) -> Any:
        document = getattr(row, column)
        if document is None:
            return None
        if self.is_column:
            return _anew(row.of_table, row.row_id, column, document)
        return {name: _anew(row.of_table, row.row_id, name, value) for name, value in document.items()}


def _anew(table: str, row_id: str, name: str, value: Any) -> Any:
    """What a column of a row held, sealed with the present key."""
    if isinstance(value, list):
        return [_anew(table, row_id, name, one) for one in value]
    if name in _within and isinstance(value, dict):
        return _within[name](table, row_id, value)
    label = _labels().get((table, name))
    if label is None or not isinstance(value, str) or not value.startswith(BYTES):
        return value
    return BYTES + keyring.reseal(bytes.fromhex(value.removeprefix(BYTES)), f"{label}|{row_id}").hex()


def _pattern(*, are_old: bool) -> str:
    """Matches JSON that holds something sealed, with `are_old` with another key than the present one."""
    words, raw = base64.b64encode(keyring.current_id).decode()[:5], keyring.current_id.hex()
    not_words, not_raw = (f"(?!{re.escape(words)})", f"(?!{raw})") if are_old else ("", "")
    return rf'\{{"index": "[0-9a-f]{{64}}", "sealed": "{not_words}|_enc": "\\\\x{not_raw}'


_documents: list[Documents] = []
_others: dict[str, Place] = {}


def add_documents(*places: Documents) -> None:
    """Let JSON of these tables be sealed again, after all columns."""
    _documents.extend(one for one in places if one not in _documents)


def add_place(place: Place) -> None:
    """Let something be sealed again that is neither an encrypted attribute nor such JSON."""
    _others[place.label] = place


def places() -> list[Place]:
    """Everything that holds sealed values."""
    columns = [Columns(model, attributes) for model, attributes in sealed_models()]
    return [*columns, *_others.values(), *sorted(_documents, key=lambda one: one.is_trail)]


def sealed_models() -> list[tuple[type[Any], list[Encrypted]]]:
    """Every model that has encrypted attributes, with these."""
    found = []
    for mapper in Base.registry.mappers:
        kept = [one for name in dir(mapper.class_) if isinstance(one := _attribute(mapper, name), Encrypted)]
        if kept:
            found.append((mapper.class_, kept))
    return sorted(found, key=lambda pair: pair[0].__name__)


def _attribute(mapper: Mapper[Any], name: str) -> Any:
    return next((vars(parent)[name] for parent in mapper.class_.__mro__ if name in vars(parent)), None)


@cache
def _labels() -> dict[tuple[str, str], str]:
    """What encrypted columns are sealed as, by table and column."""
    return {(model.__tablename__, one.column): one.label for model, kept in sealed_models() for one in kept}
