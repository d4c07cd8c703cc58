"""Keyset paging: the far end of a million rows costs what the first page costs."""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db, is_storable
from app.core.errors import Invalid
from app.core.redis import cached

T = TypeVar("T")


SortColumn = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Order:
    """One way to sort a list: columns that together are unique, all in one direction.

    Only the first may be NULL, and only where `has_gaps` says so: such rows come last, turned round first.
    `at(record)`: its values of the columns, where those are no attributes of it.
    """

    columns: tuple[SortColumn, ...]
    label: str
    descending: bool = False
    has_gaps: bool = False
    at: Callable[[Any], Sequence[Any]] | None = None

    def place_of(self, record: Any) -> Sequence[Any]:
        """Where a record stands in this order: its values of the columns."""
        return self.at(record) if self.at else [getattr(record, str(column.key)) for column in self.columns]

    def led_by(self, group: SortColumn | None, *, has_gaps: bool = False) -> "Order":
        """The same order within groups, which stand together.

        As only the first column may be NULL, one that is in the way is told as whether it is, and a value in its place.
        """
        if group is None:
            return self
        if not self.has_gaps:
            return replace(self, columns=(group, *self.columns), has_gaps=has_gaps, at=self._grouped_by(group))
        first, *others = self.columns
        kept = _filler(first)
        columns = (group, first.is_(None), func.coalesce(first, literal(kept, first.type)), *others)
        return replace(self, columns=columns, has_gaps=has_gaps, at=self._grouped_by(group, kept))

    def _grouped_by(self, group: SortColumn, kept: Any = None) -> Callable[[Any], Sequence[Any]]:
        def place(record: Any) -> Sequence[Any]:
            value, *others = self.place_of(record)
            told = (value is None, kept if value is None else value) if self.has_gaps else (value,)
            return [getattr(record, str(group.key)), *told, *others]

        return place


FILLERS: dict[type, Any] = {date: date(2000, 1, 1), datetime: datetime(2000, 1, 1, tzinfo=UTC), UUID: UUID(int=0)}


def _filler(column: SortColumn) -> Any:
    """Any value of a column's type."""
    kind = column.type.python_type
    return FILLERS[kind] if kind in FILLERS else kind()


COUNT_EXACTLY_BELOW = 10_000
KEPT_FROM = 1_000
KEPT_SECONDS = 30


@dataclass(frozen=True)
class Count:
    """How many rows a list has; `exact` is False when the number is an estimate.

    `groups`: how many each group has, where that was asked for and counted exactly.
    """

    number: int
    exact: bool
    groups: Mapping[Hashable, int] = field(default_factory=dict)

    @classmethod
    def bounded(cls, found: int) -> "Count":
        """What is known after counting rows up to one more than are counted exactly."""
        return cls(min(found, COUNT_EXACTLY_BELOW), exact=found <= COUNT_EXACTLY_BELOW)


@dataclass(frozen=True)
class Page(Generic[T]):
    """A page of rows and the cursors of its neighbours (None where there is none).

    `count`: how many rows the whole list has, when that was found on the way.
    """

    rows: Sequence[T]
    next: str | None
    previous: str | None
    size: int
    sort: str = ""
    count: Count | None = None

    @property
    def is_only(self) -> bool:
        """True when everything fits on this one page."""
        return self.next is None and self.previous is None

    def scalars(self) -> "Page[Any]":
        """The same page of each row's first value, for a query about one thing alone."""
        return replace(self, rows=[row[0] for row in self.rows])  # type: ignore[index]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | Decimal) else value


def encode_cursor(direction: str, values: Sequence[Any]) -> str:
    """An opaque, URL-safe cursor: "a" (after) or "b" (before) and the sort key it stands at."""
    raw = json.dumps([direction, *map(_plain, values)], separators=(",", ":"))
    return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


def decode_cursor(cursor: str, width: int) -> tuple[str, list[Any]]:
    """Raises: Invalid for a cursor that this list did not give out."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        direction, *values = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, TypeError, binascii.Error, UnicodeError, RecursionError):
        raise Invalid("That page address is damaged. Go back to the first page.") from None
    flat = all(value is None or isinstance(value, int | float) or _is_text(value) for value in values)
    if direction not in ("a", "b") or len(values) not in (0, width) or not flat:
        raise Invalid("That page address is damaged. Go back to the first page.")
    return direction, values


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and is_storable(value)


LAST = encode_cursor("b", [])


def keyset(
    query: Select[Any],
    *,
    orders: dict[str, Order],
    sort: str,
    cursor: str = "",
    size: int = 25,
    key: Callable[[Any], Sequence[Any]] | None = None,
) -> Page[Any]:
    """One page of `query`, sorted by `orders[sort]` ("name", or "-name" turned round).

    `key(row)` gives the row's values of the order's columns, which without it are those of the row's
    first value; `LAST` as cursor gives the far end.
    The columns must be NOT NULL. Raises: Invalid for an unknown sort or a damaged cursor.
    """
    order = orders.get(sort.removeprefix("-"))
    if order is None:
        raise Invalid(f"This list cannot be sorted by “{sort[:40]}”.")
    descending = order.descending != sort.startswith("-")
    direction, values = decode_cursor(cursor, len(order.columns)) if cursor else ("a", [])
    backwards = direction == "b"
    edge = _typed(values, order)
    found: list[Any] = []
    for stretch in _stretches(query, order, edge, descending=descending != backwards):
        found += db.session.execute(stretch.limit(size + 1 - len(found))).all()
        if len(found) > size:
            break
    more = len(found) > size
    rows = found[:size]
    if backwards:
        rows.reverse()
    key = key or (lambda row: order.place_of(row[0]))
    has_next = bool(values) if backwards else more
    has_previous = more if backwards else bool(values)
    return Page(
        rows=rows,
        next=encode_cursor("a", key(rows[-1])) if rows and has_next else None,
        previous=encode_cursor("b", key(rows[0])) if rows and has_previous else None,
        size=size,
        sort=sort,
    )


def ordered(query: Select[Any], orders: dict[str, Order], sort: str) -> Select[Any]:
    """The whole of a list in the order of its pages. Raises: Invalid for an unknown sort."""
    order = orders.get(sort.removeprefix("-"))
    if order is None:
        raise Invalid(f"This list cannot be sorted by “{sort[:40]}”.")
    is_down = order.descending != sort.startswith("-")
    return query.order_by(*(column.desc() if is_down else column.asc() for column in order.columns))


def _stretches(query: Select[Any], order: Order, edge: list[Any], *, descending: bool) -> Iterator[Select[Any]]:
    """The rows behind `edge` in order, those without a first value apart, so that an index finds where they start.

    They too are sorted by all columns, as the index is, though the first says the same of each.
    """
    query = query.order_by(*(column.desc() if descending else column.asc() for column in order.columns))
    first, *rest = order.columns
    if not order.has_gaps:
        yield _behind(query, order.columns, edge, descending=descending)
        return
    stretches = [(True, query.where(first.is_not(None))), (False, query.where(first.is_(None)))]
    for is_named, part in reversed(stretches) if descending else stretches:
        if edge and is_named != (edge[0] is not None):
            continue
        columns, stands_at = (order.columns, edge) if is_named else (rest, edge[1:])
        yield _behind(part, columns, stands_at, descending=descending)
        edge = []


def _behind(query: Select[Any], columns: Sequence[SortColumn], edge: list[Any], *, descending: bool) -> Select[Any]:
    if not edge:
        return query
    here = tuple_(*columns)
    there = tuple_(*(literal(value, column.type) for value, column in zip(edge, columns, strict=True)))
    return query.where(here < there if descending else here > there)


def _typed(values: list[Any], order: Order) -> list[Any]:
    try:
        return [
            None if value is None and order.has_gaps and number == 0 else _as(value, column.type.python_type)
            for number, (value, column) in enumerate(zip(values, order.columns, strict=bool(values)))
        ]
    except (TypeError, ValueError, AttributeError, ArithmeticError):
        raise Invalid("That page address is damaged. Go back to the first page.") from None


def _as(value: Any, wanted: type) -> Any:
    if wanted is datetime or wanted is date:
        return wanted.fromisoformat(value)
    if wanted is UUID or wanted is Decimal:
        return wanted(value)
    if not isinstance(value, wanted):
        raise TypeError
    return value


def estimate(
    query: Select[Any],
    *,
    known_as: str,
    whole_tables: Sequence[str] = (),
    group: SortColumn | None = None,
) -> Count:
    """Count a list in bounded time: exact below 10,000 rows, estimated above; each `group` with it.

    `known_as` tells whose list of what this is: from 1,000 rows on a number stands for half a minute,
    so that whoever pages through a list does not wait for its count each time. `whole_tables`: when the
    list is unfiltered, the tables whose planner statistics answer.
    """
    if whole_tables:
        total = db.session.scalar(
            text(
                "SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class"
                " WHERE oid = ANY(CAST(:names AS regclass[]))"
            ),
            {"names": list(whole_tables)},
        )
        if total and total >= COUNT_EXACTLY_BELOW:
            return Count(total, exact=False)
    counted = literal(1) if group is None else group
    rows = query.with_only_columns(counted.label("counted"), maintain_column_froms=True).order_by(None)
    bounded = rows.limit(COUNT_EXACTLY_BELOW + 1).subquery()
    if group is None:
        key = f"count:{hashlib.sha256(known_as.encode()).hexdigest()}"
        number = select(func.count()).select_from(bounded)
        kept = cached(key, KEPT_SECONDS, lambda: db.session.scalar(number), is_worth=lambda found: found >= KEPT_FROM)
        return Count.bounded(kept)
    counts = select(bounded.c.counted, func.count()).group_by(bounded.c.counted)
    groups = {key: number for key, number in db.session.execute(counts)}
    count = Count.bounded(sum(groups.values()))
    return replace(count, groups=groups) if count.exact else count
