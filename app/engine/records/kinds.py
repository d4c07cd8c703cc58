"""The kinds of records, and how to find one by kind and id."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from app.core.access import Actor
from app.core.errors import NotFound


@dataclass(frozen=True)
class Record:
    """One record as others mention it."""

    kind: str
    id: UUID
    name: str
    href: str


@dataclass(frozen=True, eq=False)
class RecordKind:
    """A kind of record: `path` is its list, with `/<id>` behind it a page.

    `find(actor, ids)` gives the names of those that are there and that the actor may see, in one
    statement. Who may change what goes with a record holds `edit` and can see it.
    """

    key: str
    label: str
    path: str
    icon: str
    read: str
    edit: str
    find: Callable[[Actor, Collection[UUID]], Mapping[UUID, str]]

    def record(self, record_id: UUID, name: str) -> Record:
        """One of this kind."""
        return Record(self.key, record_id, name, f"{self.path}/{record_id}")


KINDS: dict[str, RecordKind] = {}


def add_kind(kind: RecordKind) -> None:
    """Let tags, notes, files, tasks and whatever else goes with records go with this kind too."""
    KINDS[kind.key] = kind


def find_records(actor: Actor, asked: Collection[tuple[str, UUID]]) -> dict[tuple[str, UUID], Record]:
    """Those of some records that the actor may see, by kind and id; one statement for each kind."""
    found: dict[tuple[str, UUID], Record] = {}
    for key in sorted({kind for kind, _id in asked if kind in KINDS}):
        kind = KINDS[key]
        if actor.can(kind.read):
            names = kind.find(actor, {record_id for of_kind, record_id in asked if of_kind == key})
            found |= {(key, record_id): kind.record(record_id, name) for record_id, name in names.items()}
    return found


def get_record(actor: Actor, kind: str, record_id: UUID, *, to_edit: bool = False) -> Record:
    """A record that the actor may see or, `to_edit`, change what goes with it. Raises: NotFound."""
    record = find_records(actor, [(kind, record_id)]).get((kind, record_id))
    if record is None or (to_edit and not actor.can(KINDS[kind].edit)):
        raise NotFound
    return record
