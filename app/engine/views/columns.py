"""What a list shows of its rows: which columns, in which order, grouped by what. All of it stands in the address.

A package declares the columns of its list, and packages above may add theirs. What other tables
know of the rows is asked in one statement for the rows of the page, and only when it is shown.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ARRAY, Select, Uuid, cast, column, func, select
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.core.db import db

Drawing = Literal[
    "person",
    "title",
    "label",
    "link",
    "text",
    "words",
    "digits",
    "state",
    "when",
    "day",
    "money",
    "number",
    "figure",
    "chips",
]
BRIEF = ("money", "state", "when", "day")


@dataclass(frozen=True)
class Face:
    """The first cell of a row: its name, where it leads, and a second line."""

    name: str
    href: str
    line: str | None = None
    key: Hashable = None


@dataclass(frozen=True)
class Chip:
    """One of the words of a cell of chips: what it says, its colour (0 to 11), and where it leads."""

    name: str
    colour: int
    href: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Related:
    """What other tables know of rows: `select(actor, rows)` has a line for each, the row's id in its column `id`."""

    key: str
    select: Callable[[Actor, Sequence[Any]], Select[*tuple[Any, ...]]]


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a list. `value` reads it off a row, or off what `related` knows of the row.

    `sort` names an order of the list, which begins downwards when `falls`; `sort_words` says it both ways where its
    drawing does not. `group` tells a row's group, and `group_sort` the one order that keeps such groups together;
    `nothing` is the heading of rows without a value.
    """

    key: str
    label: str
    draws: Drawing
    value: Callable[[Any], Any]
    is_usual: bool = False
    related: Related | None = None
    permission: str = ""
    sort: str = ""
    falls: bool = False
    sort_words: tuple[str, str] | None = None
    group: Callable[[Any], Hashable] | None = None
    group_sort: str = ""
    nothing: str = "None"


@dataclass(frozen=True, eq=False)
class ListAction:
    """Something to do with the rows that are ticked, or all that match.

    `url` is asked for with `list` and `query`, the list's path and address, and with `id`, each row's once,
    or `everything`; `do` holds the key.
    """

    key: str
    label: str
    permission: str
    icon: str
    url: str = "/bulk/new"
    position: int = 50


Rows = Callable[[Actor, MultiDict[str, str]], Select[Any]]


@dataclass(eq=False)
class Listing:
    """A list that has views: where it is, who may open it, and what it can show. The first column always stands.

    `rows(actor, values)`: everything that an address finds, in its order, for exports and bulk actions;
    `rows_of(actor, found)` makes rows of the list of some of what that finds, `id_column` is the column of
    `id_of`. `nouns`: one of its rows, and many. `kind`: which records they are.
    """

    path: str
    permission: str
    id_of: Callable[[Any], UUID]
    sort: str = ""
    nouns: tuple[str, str] = ("row", "rows")
    kind: str = ""
    rows: Rows | None = None
    rows_of: Callable[[Actor, Sequence[Any]], Sequence[Any]] = field(
        default=lambda _actor, found: [one[0] for one in found]
    )
    id_column: Any = None
    columns: dict[str, Column] = field(default_factory=dict)
    actions: dict[str, ListAction] = field(default_factory=dict)

    def count_words(self, number: int) -> str:
        """So many of its rows: "1 customer", "1,240 customers"."""
        return f"{number:,} {self.nouns[number != 1]}"

    def columns_for(self, actor: Actor) -> list[Column]:
        """What this actor may have shown."""
        return [one for one in self.columns.values() if not one.permission or actor.can(one.permission)]

    def actions_for(self, actor: Actor) -> list[ListAction]:
        """What this actor can do with ticked rows, in order."""
        allowed = (one for one in self.actions.values() if actor.can(one.permission))
        return sorted(allowed, key=lambda one: one.position)


Found = Mapping[UUID, Mapping[str, Mapping[str, Any]]]
"""What other tables know of rows: by the row's id, by source."""

LISTS: dict[str, Listing] = {}


def add_list(known: Listing, *columns: Column) -> None:
    """Let a list have views, and columns to choose from."""
    LISTS[known.path] = known
    add_columns(known.path, *columns)


def add_columns(path: str, *columns: Column) -> None:
    """Let a list show more."""
    LISTS[path].columns |= {one.key: one for one in columns}


def replace_columns(path: str, prefix: str, *columns: Column) -> None:
    """Let a list show these, from now on, and no others whose keys begin so."""
    known = LISTS[path]
    kept = {key: one for key, one in known.columns.items() if not key.startswith(prefix)}
    known.columns = kept | {one.key: one for one in columns}


def add_action(path: str, action: ListAction) -> None:
    """Let rows of a list be ticked, and something be done with them."""
    LISTS[path].actions[action.key] = action


@dataclass(frozen=True)
class Placed:
    """A column of a table, and where a phone's card has it: 1 and 2 above, 3 and 4 below, "more" last, or nowhere."""

    column: Column
    phone: str


@dataclass(frozen=True)
class Part:
    """Rows that stand together: the heading's value, how many there are in all, and each row with its cells."""

    heading: Any
    count: int | None
    lines: list[tuple[Any, list[Any]]]


@dataclass(frozen=True)
class Table:
    """A page of a list, ready to be drawn."""

    listing: Listing
    placed: Sequence[Placed]
    group: Column | None
    parts: Sequence[Part]
    actions: Sequence[ListAction] = ()


@dataclass(frozen=True)
class Layout:
    """How a list is laid out for now."""

    listing: Listing
    columns: Sequence[Column]
    group: Column | None
    sort: str
    is_usual: bool

    @property
    def group_key(self) -> str:
        """What the rows are grouped by; "" for nothing."""
        return self.group.key if self.group else ""

    def fill(self, actor: Actor, rows: Sequence[Any], counts: Mapping[Hashable, int]) -> Table:
        """The table of one page; at most one statement."""
        found = _related(actor, self, rows)
        group = self.group.group if self.group and self.group.group else lambda _row: None
        parts = [
            Part(
                self._value(self.group, members[0], found) if self.group else None,
                counts.get(key),
                [(row, [self._value(one, row, found) for one in self.columns]) for row in members],
            )
            for key, members in ((key, list(some)) for key, some in groupby(rows, group))
        ]
        placed = _placed(self.columns, shows_all=not self.is_usual)
        return Table(self.listing, placed, self.group, parts, self.listing.actions_for(actor))

    def read(self, actor: Actor, rows: Sequence[Any]) -> list[list[Any]]:
        """What the columns hold for some rows; at most one statement."""
        found = _related(actor, self, rows)
        return [[self._value(one, row, found) for one in self.columns] for row in rows]

    def _value(self, shown: Column, row: Any, found: Found) -> Any:
        if shown.related is None:
            return shown.value(row)
        known = found[self.listing.id_of(row)].get(shown.related.key)
        return None if known is None else shown.value(known)


def read_layout(path: str, values: MultiDict[str, str], actor: Actor) -> Layout:
    """How an address lays its list out. Columns and groups that are not there for this actor are left out."""
    known = LISTS[path]
    allowed = {one.key: one for one in known.columns_for(actor)}
    first, *others = allowed.values()
    usual = [first, *(one for one in others if one.is_usual)]
    asked = ",".join(values.getlist("columns")).split(",")
    named = [allowed[key] for key in dict.fromkeys(asked) if key in allowed and key != first.key]
    chosen = [first, *named] if named or first.key in asked else usual
    group = allowed.get(values.get("group", ""))
    if group is not None and group.group is None:
        group = None
    sort = values.get("sort") or known.sort
    if group is not None and group.group_sort and sort.removeprefix("-") != group.group_sort:
        sort = known.sort
    return Layout(known, chosen, group, sort, chosen == usual)


def _related(actor: Actor, layout: Layout, rows: Sequence[Any]) -> Found:
    shown = [*layout.columns, *([layout.group] if layout.group else [])]
    wanted = {one.related.key: one.related for one in shown if one.related}
    if not wanted or not rows:
        return {}
    ids = cast([layout.listing.id_of(row) for row in rows], ARRAY(Uuid))
    each = func.unnest(ids).table_valued(column("row_id", Uuid)).render_derived()
    query = select(each.c.row_id)
    names = {}
    for key, related in wanted.items():
        part = related.select(actor, rows).subquery()
        query = query.outerjoin(part, part.c.id == each.c.row_id)
        query = query.add_columns(*(one.label(f"{key}_{one.key}") for one in part.c))
        names[key] = part.c.keys()
    return {row_id: _by_source(values, names) for row_id, *values in db.session.execute(query)}


def _by_source(values: list[Any], names: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    """One line of all sources, by source; a source that knows nothing of the row is left out."""
    left = iter(values)
    known = {key: {name: next(left) for name in of_one} for key, of_one in names.items()}
    return {key: values for key, values in known.items() if values["id"] is not None}


def _placed(columns: Sequence[Column], *, shows_all: bool) -> list[Placed]:
    """What a phone's card has without a label speaks for itself (a number is drawn with it); beside chosen columns
    that is little."""
    first, *others = columns
    top = next((one for kinds in (("money",), ("number",), BRIEF) for one in others if one.draws in kinds), None)
    rest = [one for one in others if one is not top]
    left = next(iter(rest), None)
    right = next((one for one in rest[1:] if one.draws in (("state",) if shows_all else BRIEF)), None)
    places = {one.key: place for one, place in ((first, "1"), (top, "2"), (left, "3"), (right, "4")) if one}
    return [Placed(one, places.get(one.key, "more" if shows_all else "")) for one in columns]
