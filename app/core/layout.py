"""What surrounds every page: navigation, counts of what waits, the palette's sources.

Packages add their entries when the application is built; nothing here knows a capability.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, g, has_request_context, request
from sqlalchemy import ColumnElement, Select, select

from app.core import access
from app.core.access import Actor
from app.core.db import db
from app.core.web import wants_fragment

GROUPS = ("Day", "Growth", "Insight", "Settings")
PER_SOURCE = 6


@dataclass(frozen=True, eq=False)
class NavItem:
    """An entry of the left rail.

    `count` is a number of the person `:person_id`, who lives in `:time_zone`; 0 shows nothing. All counts
    of a page, the bell's, and what everybody's own menu asks, are one statement.
    """

    label: str
    href: str
    icon: str
    permission: str
    group: str
    position: int = 50
    count: ColumnElement[int] | None = None
    shortcut: str = ""

    @property
    def count_id(self) -> str:
        """The id of the element that shows the count, so that a live update can replace it."""
        return f"nav-count-{self.href.strip('/').replace('/', '-')}"


@dataclass(frozen=True)
class Entry:
    """One entry as a page shows it."""

    label: str
    href: str
    icon: str
    active: bool
    count: int
    count_id: str
    shortcut: str


@dataclass(frozen=True)
class Hit:
    """One result of the palette."""

    label: str
    href: str
    icon: str
    detail: str = ""


@dataclass(frozen=True)
class SearchSource:
    """Where the palette looks: `find(actor, words, limit)` obeys the same visibility as the lists."""

    label: str
    permission: str
    find: Callable[[Actor, str, int], Sequence[Hit]]


@dataclass(frozen=True)
class Opening:
    """What the palette offers before anything is typed: `find(actor, limit)`."""

    label: str
    permission: str
    find: Callable[[Actor, int], Sequence[Hit]]


@dataclass(frozen=True)
class PortalPanel:
    """A part of the customer's home. `template` is a partial that eats `panel`: what `load(actor)` returns."""

    template: str
    permission: str
    load: Callable[[Actor], Any]
    position: int = 50


@dataclass(frozen=True, eq=False)
class OwnPart:
    """A part of everybody's own menu, of what `asked` of the person `:person_id` is.

    `template` is a partial that eats `own`: that itself, or what `own` makes of it.
    """

    template: str
    permission: str
    asked: ColumnElement[Any]
    own: Callable[[Any], Any] = lambda asked: asked


_nav: list[NavItem] = []
_own_parts: dict[str, OwnPart] = {}
_panels: dict[str, PortalPanel] = {}
_sources: dict[str, SearchSource] = {}
_openings: dict[str, Opening] = {}
_commands: dict[str, tuple[str, Hit]] = {}
_counts_of_me: dict[str, ColumnElement[int]] = {}


def add_nav(*items: NavItem) -> None:
    """Add entries to the left rail."""
    known = {item.href for item in _nav}
    _nav.extend(item for item in items if item.href not in known)
    _nav.sort(key=lambda item: (GROUPS.index(item.group), item.position))


def add_portal_panel(panel: PortalPanel) -> None:
    """Add a part to the customer's home."""
    _panels[panel.template] = panel


def add_own_part(part: OwnPart) -> None:
    """Add a part to everybody's own menu; what it asks is part of the statement of the counts."""
    _own_parts[part.template] = part


def portal_panels(actor: Actor) -> list[PortalPanel]:
    """The parts of a customer's home, in their order."""
    panels = [panel for panel in _panels.values() if actor.can(panel.permission)]
    return sorted(panels, key=lambda panel: panel.position)


def add_search(source: SearchSource) -> None:
    """Let the palette look in one more place."""
    _sources[source.label] = source


def add_opening(opening: Opening) -> None:
    """Let the palette offer more before anything is typed."""
    _openings[opening.label] = opening


def add_command(permission: str, hit: Hit) -> None:
    """Let the palette do one more thing ("Add customer")."""
    _commands[hit.href] = (permission, hit)


def add_count(name: str, count: ColumnElement[int]) -> None:
    """Let every page know a number of the person `:person_id` under a name, such as what is unread."""
    _counts_of_me[name] = count


def search(actor: Actor, words: str) -> list[tuple[str, Sequence[Hit]]]:
    """What the palette shows for these words: (heading, hits), only what the actor may see."""
    commands = [hit for permission, hit in _commands.values() if actor.can(permission)]
    found: list[tuple[str, Sequence[Hit]]] = []
    if not words:
        offered = [one for one in _openings.values() if actor.can(one.permission)]
        found += [(one.label, one.find(actor, PER_SOURCE)) for one in offered]
    else:
        for source in _sources.values():
            if actor.can(source.permission):
                found.append((source.label, source.find(actor, words, PER_SOURCE)))
        commands = [hit for hit in commands if words.lower() in hit.label.lower()]
    pages = [
        Hit(f"Go to {item.label}", item.href, item.icon)
        for item in _nav
        if actor.can(item.permission) and words.lower() in item.label.lower()
    ]
    found += [("Actions", commands), ("Pages", pages)]
    return [(label, hits) for label, hits in found if hits]


def init(app: Flask) -> None:
    """Give whole pages their surroundings."""
    app.context_processor(_surroundings)


def _surroundings() -> dict[str, Any]:
    if not has_request_context():
        return {}
    who = access.actor()
    surroundings = {
        "me": who if who.is_authenticated else None,
        "can": who.can,
        "workspace": current_app.extensions["rapport"].workspace,
        "nav": [],
        "own_parts": [],
        **dict.fromkeys(_counts_of_me, 0),
    }
    if who.is_authenticated and not wants_fragment() and not g.get("is_trouble"):
        shown = tuple(item for item in _nav if who.can(item.permission))
        parts = tuple(part for part in _own_parts.values() if who.can(part.permission))
        found = _ask(who, shown, parts)
        surroundings["nav"] = _entries(shown, found)
        surroundings.update({name: found[name] for name in _counts_of_me})
        surroundings["own_parts"] = [(part.template, part.own(found[part.template])) for part in parts]
    return surroundings


def _ask(who: Actor, shown: tuple[NavItem, ...], parts: tuple[OwnPart, ...]) -> dict[str, Any]:
    """What waits beside each entry by its address, what every page knows of a person by its name, and what each part
    of the own menu asks by its template.
    """
    asked: dict[str, ColumnElement[Any]] = {item.href: item.count for item in shown if item.count is not None}
    asked |= _counts_of_me | {part.template: part.asked for part in parts}
    if not asked:
        return {}
    zone = who.time_zone or current_app.extensions["rapport"].time_zone
    row = db.session.execute(_statement(tuple(asked.values())), {"person_id": who.id, "time_zone": zone}).one()
    return dict(zip(asked, row, strict=True))


@lru_cache(maxsize=64)
def _statement(asked: tuple[ColumnElement[Any], ...]) -> Select[*tuple[Any, ...]]:
    """All of it as one statement, kept: to build it costs as much as to run it."""
    return select(*asked)


def _entries(shown: Sequence[NavItem], counts: dict[str, int]) -> list[list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for item in shown:
        entry = Entry(
            item.label,
            item.href,
            item.icon,
            request.path == item.href or (item.href != "/" and request.path.startswith(item.href + "/")),
            counts.get(item.href, 0),
            item.count_id,
            item.shortcut,
        )
        groups.setdefault(item.group, []).append(entry)
    return list(groups.values())
