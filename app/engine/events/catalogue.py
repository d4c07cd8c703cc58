"""The catalogue: every type of event, what its payload holds, who hears it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.core.jobs import Lane

if TYPE_CHECKING:
    from app.engine.events.models import Event

EventHandler = Callable[["Event"], None]


@dataclass(frozen=True)
class EventType:
    """One kind of event. `fields` maps each payload key to its JSON type; `about` says what its subject is."""

    name: str
    label: str
    fields: Mapping[str, type | tuple[type, ...]]
    about: str = ""

    def check(self, payload: dict[str, Any]) -> None:
        """Raises: ValueError when the payload is not exactly what the catalogue promises."""
        if payload.keys() != self.fields.keys():
            raise ValueError(f"{self.name} holds {sorted(self.fields)}, not {sorted(payload)}")
        for key, kind in self.fields.items():
            if not isinstance(payload[key], kind):
                raise ValueError(f"{self.name}.{key} is not {kind}")


@dataclass(frozen=True)
class Subscriber:
    """A named reader of some types of events."""

    name: str
    types: tuple[str, ...]
    handler: EventHandler
    lane: Lane


TYPES: dict[str, EventType] = {}
SUBSCRIBERS: dict[str, Subscriber] = {}


def about(what: str) -> list[EventType]:
    """The types whose subject is such a thing, as far as they are declared by now."""
    return [kind for kind in TYPES.values() if kind.about == what]


def declare(*types: EventType) -> None:
    """Add a package's event types to the catalogue (called by `create_app`)."""
    TYPES.update({kind.name: kind for kind in types})


def subscribe(name: str, *types: str, handler: EventHandler, lane: Lane = "default") -> None:
    """Let `handler` hear of every event of these types, in order, each once.

    The handler runs in a worker, inside the transaction that also moves the cursor:
    it writes rows and queues jobs, and does nothing outside the database.
    """
    SUBSCRIBERS[name] = Subscriber(name, types, handler, lane)
