"""The papers that go with an order in the portal, such as its invoice: upper packages say where they are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.orders.models import Order


@dataclass(frozen=True)
class Paper:
    """One paper: what it is, where it is, and what it comes to."""

    label: str
    href: str
    amount_minor: int


_finders: list[Callable[[Order], Sequence[Paper]]] = []


def add_papers(find: Callable[[Order], Sequence[Paper]]) -> None:
    """Let an order's page in the portal show more papers; one statement."""
    if find not in _finders:
        _finders.append(find)


def papers_of(order: Order) -> list[Paper]:
    """All papers of an order."""
    return [paper for find in _finders for paper in find(order)]
