"""What somebody needs to see of a record to decide about it, by its kind; packages above add theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from markupsafe import Markup

from app.core.access import Actor


@dataclass(frozen=True)
class Fact:
    """One thing known: a label, a value, and where it leads."""

    label: str
    value: str | Markup
    href: str = ""


@dataclass(frozen=True)
class Essentials:
    """A line under the name, what is known, and how to reach somebody. `customer_id`: who is called and written to."""

    line: str = ""
    facts: tuple[Fact, ...] = ()
    phone: str = ""
    email: str = ""
    customer_id: UUID | None = None


Load = Callable[[Actor, UUID], Essentials]
_loads: dict[str, Load] = {}


def add(kind: str, load: Load) -> None:
    """Say what is essential of a kind of record; `load` is two statements at most."""
    _loads[kind] = load


def of(actor: Actor, kind: str, record_id: UUID) -> Essentials:
    """What is essential of a record that the actor may see."""
    load: Any = _loads.get(kind)
    return load(actor, record_id) if load else Essentials()
