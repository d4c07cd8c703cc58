"""What packages add to a record's page: panels and actions, made when the application is built."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import BindParameter, Select, Uuid, bindparam, func, select
from sqlalchemy.dialects.postgresql import JSONB

from app.core.access import Actor
from app.core.db import db
from app.engine.records.kinds import KINDS

Place = Literal["head", "facts", "composer", "stream", "side"]
Rows = Callable[[Actor, str, BindParameter[UUID]], Select[*tuple[Any, ...]]]
EVERY_KIND = "*"


@dataclass(frozen=True)
class Panel:
    """A part of a record's page; its `template` gets `data`, and `shown`, which tells of which record it is.

    `rows(actor, kind, record_id)` says what it shows, bound to a record later: the panels of a page
    are then one statement, and `data` is a list of rows. A panel that cannot say so has
    `load(actor, record)`, one statement of its own, and `data` is what that returns; None leaves it out.
    `place`: beside the title, among the details, among what can be written down (where `data` is its form), above
    the stream, or in the right column. A kind's own
    panel stands in for one of the same `key` of every kind.
    """

    key: str
    title: str
    permission: str
    template: str
    load: Callable[[Actor, Any], Any] | None = None
    rows: Rows | None = None
    position: int = 50
    place: Place = "side"


@dataclass(frozen=True)
class RecordAction:
    """Something to do with a record. With `is_post` it is a button, else a link; from position 80 on, in the menu.

    `is_offered` says whether the shop is set up for it.
    """

    label: str
    icon: str
    permission: str
    href: Callable[[Any], str]
    position: int = 50
    is_post: bool = False
    is_offered: Callable[[], bool] = lambda: True


@dataclass(frozen=True)
class Shown:
    """A panel with what it shows now, and of which record; `can_edit`: the reader may change what goes with it."""

    panel: Panel
    data: Any
    kind: str
    record_id: UUID
    href: str
    can_edit: bool


_panels: dict[str, dict[str, Panel]] = {}
_actions: dict[str, dict[str, RecordAction]] = {}


def add_panel(kind: str, panel: Panel) -> None:
    """Add a panel to the pages of a kind, or of `EVERY_KIND`."""
    _panels.setdefault(kind, {})[panel.key] = panel


def add_action(kind: str, action: RecordAction) -> None:
    """Add an action to the pages of a kind, or of `EVERY_KIND`."""
    _actions.setdefault(kind, {})[action.label] = action


def actions_for(actor: Actor, kind: str) -> list[RecordAction]:
    """What this actor can do with a record of this kind."""
    known = [*_actions.get(kind, {}).values(), *_actions.get(EVERY_KIND, {}).values()]
    offered = (one for one in known if actor.can(one.permission) and one.is_offered())
    return sorted(offered, key=lambda one: one.position)


def panels_for(actor: Actor, kind: str, record_id: UUID, record: Any) -> dict[str, list[Shown]]:
    """The panels this actor may see, by place, each with its data."""
    known = {**_panels.get(EVERY_KIND, {}), **_panels.get(kind, {})}.values()
    shown = sorted((one for one in known if actor.can(one.permission)), key=lambda one: one.position)
    can_edit = actor.can(KINDS[kind].edit)
    href = f"{KINDS[kind].path}/{record_id}"
    rows = _read_rows(actor, kind, record_id, tuple(one for one in shown if one.rows))
    places: dict[str, list[Shown]] = {"head": [], "facts": [], "composer": [], "stream": [], "side": []}
    for panel in shown:
        data = panel.load(actor, record) if panel.load else rows[panel.key]
        if data is not None:
            places[panel.place].append(Shown(panel, data, kind, record_id, href, can_edit))
    return places


def _read_rows(actor: Actor, kind: str, record_id: UUID, panels: Sequence[Panel]) -> dict[str, list[dict[str, Any]]]:
    if not panels:
        return {}
    statement, types = _in_one(actor, kind, panels)
    found = db.session.execute(statement, {"record_id": record_id}).one()
    return {
        panel.key: [{name: _as(types[panel.key][name], value) for name, value in row.items()} for row in rows or ()]
        for panel, rows in zip(panels, found, strict=True)
    }


@lru_cache(maxsize=64)
def _in_one(
    actor: Actor, kind: str, panels: Sequence[Panel]
) -> tuple[Select[*tuple[Any, ...]], Mapping[str, Mapping[str, type]]]:
    """The panels' rows as one statement, kept, and the types of their columns: JSON knows neither times nor ids."""
    record_id = bindparam("record_id", type_=Uuid())
    parts, types = [], {}
    for panel in panels:
        assert panel.rows is not None
        rows = panel.rows(actor, kind, record_id)
        types[panel.key] = {str(column.key): column.type.python_type for column in rows.selected_columns}
        named = rows.subquery(f"of_{panel.key}")
        parts.append(select(func.jsonb_agg(func.to_jsonb(named.table_valued()), type_=JSONB)).scalar_subquery())
    return select(*parts), types


def _as(wanted: type, value: Any) -> Any:
    if value is None:
        return None
    if wanted in (datetime, date):
        return wanted.fromisoformat(value)
    return UUID(value) if wanted is UUID else value
