"""Keyset paging: the far end of a million rows costs what the first page costs."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, select, text, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db, is_storable
from app.core.errors import Invalid

T = TypeVar("T")


@dataclass(frozen=True)
class Order:
    """One way to sort a list: columns that together are unique, all in one direction."""

    columns: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...]
    label: str
    descending: bool = False


COUNT_EXACTLY_BELOW = 10_000


@dataclass(frozen=True)
class Count:
    """How many rows a list has; `exact` is False when the number is an estimate."""

    number: int
    exact: bool

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


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


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
    key: Callable[[Any], Sequence[Any]],
) -> Page[Any]:
    """One page of `query`, sorted by `orders[sort]` ("name", or "-name" turned round).

    `key(row)` gives the row's values of the order's columns; `LAST` as cursor gives the far end.
    The columns must be NOT NULL. Raises: Invalid for an unknown sort or a damaged cursor.
    """
    order = orders.get(sort.removeprefix("-"))
    if order is None:
        raise Invalid(f"This list cannot be sorted by “{sort[:40]}”.")
    descending = order.descending != sort.startswith("-")
    direction, values = decode_cursor(cursor, len(order.columns)) if cursor else ("a", [])
    backwards = direction == "b"
    if values:
        edge = tuple_(*(literal(v, c.type) for v, c in zip(_typed(values, order), order.columns, strict=True)))
        here = tuple_(*order.columns)
        query = query.where(here < edge if descending != backwards else here > edge)
    query = query.order_by(*(c.desc() if descending != backwards else c.asc() for c in order.columns))
    found = list(db.session.execute(query.limit(size + 1)).all())
    more = len(found) > size
    rows = found[:size]
    if backwards:
        rows.reverse()
    has_next = bool(values) if backwards else more
    has_previous = more if backwards else bool(values)
    return Page(
        rows=rows,
        next=encode_cursor("a", key(rows[-1])) if rows and has_next else None,
        previous=encode_cursor("b", key(rows[0])) if rows and has_previous else None,
        size=size,
        sort=sort,
    )


def _typed(values: list[Any], order: Order) -> list[Any]:
    try:
        return [_as(value, column.type.python_type) for value, column in zip(values, order.columns, strict=True)]
    except (TypeError, ValueError, AttributeError):
        raise Invalid("That page address is damaged. Go back to the first page.") from None


def _as(value: Any, wanted: type) -> Any:
    if wanted is datetime:
        return datetime.fromisoformat(value)
    if wanted is UUID:
        return UUID(value)
    if not isinstance(value, wanted):
        raise TypeError
    return value


def estimate(query: Select[Any], *, whole_tables: Sequence[str] = ()) -> Count:
    """Count a list in bounded time: exact below 10,000 rows, estimated above.

    `whole_tables`: when the list is unfiltered, the tables whose planner statistics answer.
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
    bounded = (
        query.with_only_columns(literal(1), maintain_column_froms=True)
        .order_by(None)
        .limit(COUNT_EXACTLY_BELOW + 1)
        .subquery()
    )
    return Count.bounded(db.session.scalar(select(func.count()).select_from(bounded)) or 0)
