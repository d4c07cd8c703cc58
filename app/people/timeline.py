"""The one stream of everything that happened with a customer.

Upper packages add their own sources when the application is built; a source is one
select over one customer's rows, and all sources together are one statement.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    CompoundSelect,
    DateTime,
    GenerativeSelect,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    desc,
    null,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB

from app.core.access import Actor
from app.core.db import db

Items = TypeVar("Items", bound=GenerativeSelect)

PER_PAGE = 30


@dataclass(frozen=True)
class Item:
    """One thing that happened. `url` is its own page, "" for none; `more` is what its source's template draws."""

    at: datetime
    kind: str
    title: str
    detail: str
    url: str
    amount_minor: int | None
    currency: str | None
    more: dict[str, Any] | None = None


@dataclass(frozen=True)
class Source:
    """Where items of one kind come from. `template` draws an `item` that is more than a title and a text.

    `select(actor, customer_id)` yields exactly `columns(...)` of what this actor may see, for a
    `customer_id` that is bound later. Whoever holds `permission` is shown it.
    """

    kind: str
    label: str
    icon: str
    permission: str
    select: Callable[[Actor, BindParameter[UUID]], Select[Any]]
    tint: str = "note"
    template: str = ""


SOURCES: dict[str, Source] = {}


def columns(
    *,
    at: Any,
    kind: str,
    title: Any,
    detail: Any = "",
    url: Any = "",
    amount_minor: Any = None,
    currency: Any = None,
    more: Any = None,
) -> tuple[ColumnElement[Any], ...]:
    """The columns of a source's select, each with the type and name that all sources share."""
    return (
        at.label("at"),
        cast(kind, Text).label("kind"),
        cast(title, Text).label("title"),
        cast(detail, Text).label("detail"),
        cast(url, Text).label("url"),
        cast(amount_minor, BigInteger).label("amount_minor"),
        cast(currency, Text).label("currency"),
        cast(null() if more is None else more, JSONB).label("more"),
    )


def add_source(source: Source) -> None:
    """Let the stream show one more kind of thing."""
    SOURCES[source.kind] = source


def sources_for(actor: Actor) -> list[Source]:
    """The kinds of things this actor may see."""
    return [source for source in SOURCES.values() if actor.can(source.permission)]


def list_items(
    actor: Actor,
    customer_id: UUID,
    *,
    kinds: Sequence[str] = (),
    before: datetime | None = None,
    size: int = PER_PAGE,
) -> list[Item]:
    """A customer's latest items, newest first, one more than a page to tell whether there is another.

    Items of the same moment come together, so that `before`, which continues an earlier page,
    leaves none out. `kinds` narrows to some sources.
    """
    wanted = tuple(source.kind for source in sources_for(actor) if not kinds or source.kind in kinds)
    if not wanted:
        return []
    newest_first = _newest_first(actor, wanted, before is not None, size)
    values = {"customer_id": customer_id, "before": before}
    return [Item(*row) for row in db.session.execute(newest_first, values)]


def first_page(items: Sequence[Item], size: int = PER_PAGE) -> tuple[Sequence[Item], datetime | None]:
    """What of `list_items` is shown now, and the moment before which the rest continues (None: no rest)."""
    if len(items) <= size:
        return items, None
    edge = items[size - 1].at
    shown = [item for item in items if item.at >= edge]
    return shown, edge if len(shown) < len(items) else None


@lru_cache(maxsize=64)
def _newest_first(
    actor: Actor, kinds: Sequence[str], is_continued: bool, size: int
) -> CompoundSelect[Any] | Select[Any]:
    """All sources in one statement, kept: to build it costs as much as to run it."""
    customer_id = bindparam("customer_id", type_=Uuid())
    parts = [_latest(SOURCES[kind].select(actor, customer_id), is_continued, size) for kind in kinds]
    return parts[0] if len(parts) == 1 else _latest_of(union_all(*parts), size)


def _latest(query: Select[Any], is_continued: bool, size: int) -> Select[Any]:
    if is_continued:
        query = query.where(query.selected_columns[0] < bindparam("before", type_=DateTime(timezone=True)))
    return _latest_of(query, size)


def _latest_of(query: Items, size: int) -> Items:
    return query.order_by(desc("at")).fetch(size + 1, with_ties=True)
