"""What can be edited in place, by kind of record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from wtforms import Form

from app.core.access import Actor, require
from app.core.errors import NotFound
from app.engine.records.kinds import KINDS, Record


@dataclass(frozen=True)
class Fact:
    """One field as a page shows it. `words`: what it says, "" for nothing; `href`: where that leads."""

    name: str
    label: str
    words: Any
    href: str = ""
    can_edit: bool = True
    is_long: bool = False


@dataclass(frozen=True, eq=False)
class Sheet:
    """The fields of a kind of record.

    `load(actor, id)`: the door to the row. `facts(actor, row)`: its fields as the page shows them.
    `form(actor, row)`: the form of the whole record, filled or as it was sent; all but one of its inputs are
    taken out. `seen(row)`: its values as hidden inputs carry them, by name. `save(actor, row, form)`: reads that
    one input and saves it, compared with what the editor started from. Raises: Invalid by field; Conflict.
    `column(name)`: where the audit trail knows the field.
    """

    kind: str
    load: Callable[[Actor, UUID], Any]
    facts: Callable[[Actor, Any], list[Fact]]
    form: Callable[[Actor, Any], Any]
    seen: Callable[[Any], Mapping[str, str]]
    save: Callable[[Actor, Any, Any], None]
    column: Callable[[str], str] = str


@dataclass(frozen=True)
class Edited:
    """One field of one record that is about to be edited."""

    sheet: Sheet
    row: Any
    record: Record
    fact: Fact

    def form(self, actor: Actor) -> Form:
        """The form of this field alone. Its id is one that nothing else on a page has."""
        form: Form = self.sheet.form(actor, self.row)
        for name in [one for one in form._fields if one not in (self.fact.name, "csrf_token")]:
            del form[name]
        field = form[self.fact.name]
        field.id = field.label.field_id = f"edit-{self.fact.name}"
        return form

    def fresh(self, actor: Actor) -> "Edited":
        """The same as it is now."""
        return Edited(self.sheet, self.row, self.record, _fact(self.sheet, actor, self.row, self.fact.name))


_sheets: dict[str, Sheet] = {}


def add_sheet(sheet: Sheet) -> None:
    """Let the fields of a kind be edited where they stand."""
    _sheets[sheet.kind] = sheet


def edits_in_place(kind: str) -> bool:
    """The kind's fields can be edited where they stand."""
    return kind in _sheets


def get_edited(actor: Actor, kind: str, record_id: UUID, name: str, *, to_edit: bool = True) -> Edited:
    """The door to one field of a record. Raises: NotFound; NotAllowed without the right to edit."""
    sheet = _sheets.get(kind)
    if sheet is None:
        raise NotFound
    require(actor, KINDS[kind].edit if to_edit else KINDS[kind].read)
    row = sheet.load(actor, record_id)
    fact = _fact(sheet, actor, row, name)
    if to_edit and not fact.can_edit:
        raise NotFound
    return Edited(sheet, row, KINDS[kind].record(record_id, row.name), fact)


def _fact(sheet: Sheet, actor: Actor, row: Any, name: str) -> Fact:
    found = next((one for one in sheet.facts(actor, row) if one.name == name), None)
    if found is None:
        raise NotFound
    return found
