"""What upper packages add to a customer's page.

Entries are made when the application is built. A panel asks the database once at most; an action
is a link or a one-button form.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.access import Actor
from app.people.models import Customer


@dataclass(frozen=True)
class Panel:
    """A part of the page's right column: `template` gets what `load(actor, customer)` returns."""

    key: str
    title: str
    permission: str
    template: str
    load: Callable[[Actor, Customer], dict[str, Any]]
    position: int = 50


@dataclass(frozen=True)
class RecordAction:
    """Something to do with a customer. With `is_post` it is a button, else a link."""

    label: str
    icon: str
    permission: str
    href: Callable[[Customer], str]
    position: int = 50
    is_post: bool = False


_panels: dict[str, Panel] = {}
_actions: dict[str, RecordAction] = {}


def add_panel(panel: Panel) -> None:
    """Add a panel."""
    _panels[panel.key] = panel


def add_action(action: RecordAction) -> None:
    """Add an action."""
    _actions[action.label] = action


def panels_for(actor: Actor, customer: Customer) -> list[tuple[Panel, dict[str, Any]]]:
    """The panels this actor may see, each with its data."""
    shown = sorted(_panels.values(), key=lambda panel: panel.position)
    return [(panel, panel.load(actor, customer)) for panel in shown if actor.can(panel.permission)]


def actions_for(actor: Actor) -> list[RecordAction]:
    """The actions this actor may take."""
    return sorted(
        (action for action in _actions.values() if actor.can(action.permission)), key=lambda action: action.position
    )
