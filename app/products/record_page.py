"""What upper packages add to a product's page: panels, made when the application is built."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.core.access import Actor
from app.products.models import Product


@dataclass(frozen=True)
class Panel:
    """A part of the page: `template` gets what `load(actor, product)` returns, as `data`."""

    key: str
    title: str
    permission: str
    template: str
    load: Callable[[Actor, Product], dict[str, Any]]
    position: int = 50


_panels: dict[str, Panel] = {}


def add_panel(panel: Panel) -> None:
    """Add a panel; it asks the database once at most."""
    _panels[panel.key] = panel


def panels_for(actor: Actor, product: Product) -> list[tuple[Panel, dict[str, Any]]]:
    """The panels this actor may see, each with its data."""
    shown = sorted(_panels.values(), key=lambda panel: panel.position)
    return [(panel, panel.load(actor, product)) for panel in shown if actor.can(panel.permission)]
