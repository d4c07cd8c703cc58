"""Custom fields as a record's page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.access import Actor
from app.engine.custom_fields import definitions, values
from app.engine.custom_fields.access import may_read
from app.engine.custom_fields.definitions import Definition
from app.engine.custom_fields.values import Stored
from app.engine.inline.sheets import Fact


@dataclass(frozen=True)
class Shown:
    """One field of one record: its words, "" for none, and where they lead."""

    field: Definition
    words: str
    href: str = ""
    is_masked: bool = False

    @property
    def is_long(self) -> bool:
        """Has several lines."""
        return self.field.type_key == "long"

    def in_place(self, *, can_edit: bool) -> Fact:
        """The same to be edited where it stands, unless it is masked."""
        may = can_edit and not self.is_masked
        return Fact(self.field.name, self.field.label, self.words, self.href, may, self.is_long)


def of_record(actor: Actor, kind: str, record_id: UUID, stored: Stored) -> list[tuple[str, Sequence[Shown]]] | None:
    """All fields under their headings, those without one first; None where nothing is defined."""
    found: dict[str, list[Shown]] = {"": []}
    for field in definitions.of(kind):
        found.setdefault(field.heading, []).append(_shown(actor, field, record_id, stored))
    return [(heading, some) for heading, some in found.items() if some] or None


def in_place(actor: Actor, kind: str, record_id: UUID, stored: Stored, *, can_edit: bool) -> list[Fact]:
    """All fields, each to be edited where it stands."""
    groups = of_record(actor, kind, record_id, stored) or []
    return [shown.in_place(can_edit=can_edit) for _heading, some in groups for shown in some]


def _shown(actor: Actor, field: Definition, record_id: UUID, stored: Stored) -> Shown:
    is_masked = not may_read(actor, is_sensitive=field.is_sensitive)
    said = values.words(field, record_id, stored, is_masked=is_masked)
    value: Any = stored.get(field.key)
    is_link = field.type_key == "link" and said and values.is_sound(field, value)
    return Shown(field, said, said if is_link else "", is_masked and bool(said))
