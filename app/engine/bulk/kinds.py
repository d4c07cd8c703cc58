"""What can be done to many rows of a list, and which of their fields can be changed at once."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.core.errors import Invalid, NotFound
from app.engine.views.columns import LISTS, ListAction

Choices = Sequence[tuple[str, str]]
Outcome = tuple[str, str]
"""What became of a row that was not changed: "unchanged", "refused" or "failed", and why."""

GONE: Outcome = ("refused", "It is not there any more, or not yours to change.")
SAME: Outcome = ("unchanged", "")


@dataclass(frozen=True)
class Work:
    """Some rows of a run. `is_many`: no event is told of each, one of all comes at the end."""

    actor: Actor
    ids: Sequence[UUID]
    args: Mapping[str, Any]
    is_many: bool = False

    def others(self, changed: Collection[UUID], present: Collection[UUID]) -> dict[UUID, Outcome]:
        """The outcomes of those that were not changed: as they were, or not there for this actor."""
        known, done = set(present), set(changed)
        return {one: SAME if one in known else GONE for one in self.ids if one not in done}


@dataclass(frozen=True, eq=False)
class BulkAction(ListAction):
    """Something to do to many rows.

    `template` asks for what it takes, with `offer(actor)` as `offered`; `asks(actor)` has the names of that, and
    `read(actor, typed)` gives plain JSON out of it, or raises Invalid by field. `says(args, rows)` is its label:
    "Edited 12 customers: stage".
    `run(work)` does it to some rows and returns the outcomes of those that it did not change.
    `is_final`: it cannot be undone, so the number of rows has to be typed.
    """

    template: str = ""
    offer: Callable[[Actor], Any] = field(default=lambda _actor: None)
    asks: Callable[[Actor], Collection[str]] = field(default=lambda _actor: ())
    read: Callable[[Actor, MultiDict[str, str]], dict[str, Any]] = field(default=lambda _actor, _typed: {})
    says: Callable[[Mapping[str, Any], str], str] = field(default=lambda _args, rows: rows)
    run: Callable[[Work], Mapping[UUID, Outcome]] = field(default=lambda _work: {})
    is_final: bool = False
    at_once: int = 5_000


@dataclass(frozen=True, eq=False)
class BulkField:
    """A field that can be changed in many rows at once.

    `choices(actor)`, or None for a text. `read(text)` gives plain JSON, or raises Invalid; with `takes_several`
    the text has a line for each choice. `write(work, value)` writes it to the rows of `work` and returns the ids
    of those that really changed. `input_type`: what a text is typed into; `can_be_empty`: that
    nothing typed clears it.
    """

    key: str
    label: str
    read: Callable[[str], Any]
    write: Callable[[Work, Any], Collection[UUID]]
    choices: Callable[[Actor], Choices] | None = None
    permission: str = ""
    input_type: str = "text"
    can_be_empty: bool = True
    takes_several: bool = False


_fields: dict[str, dict[str, BulkField]] = {}


def add_field(path: str, *known: BulkField) -> None:
    """Let a field of a list's rows be changed in bulk."""
    _fields.setdefault(path, {}).update({one.key: one for one in known})


def replace_fields(path: str, prefix: str, *known: BulkField) -> None:
    """Let these be changed in bulk, from now on, and no others whose keys begin so."""
    kept = {key: one for key, one in _fields.get(path, {}).items() if not key.startswith(prefix)}
    _fields[path] = kept | {one.key: one for one in known}


def fields_for(path: str, actor: Actor) -> list[BulkField]:
    """The fields that this actor may change."""
    return [one for one in _fields.get(path, {}).values() if not one.permission or actor.can(one.permission)]


def list_actions(actor: Actor, path: str = "") -> list[tuple[str, BulkAction]]:
    """What this actor may do to many rows, each with the path of its list; of one list where that is named."""
    return [
        (listing.path, action)
        for listing in LISTS.values()
        if path in ("", listing.path) and actor.can(listing.permission)
        for action in sorted(listing.actions.values(), key=lambda one: one.position)
        if isinstance(action, BulkAction) and actor.can(action.permission)
    ]


def get_action(path: str, key: str, actor: Actor) -> BulkAction:
    """Raises: NotFound for what is not there for this actor."""
    listing = LISTS.get(path)
    action = listing.actions.get(key) if listing and actor.can(listing.permission) else None
    if not isinstance(action, BulkAction) or not actor.can(action.permission):
        raise NotFound
    return action


@dataclass(frozen=True)
class _Editing:
    """Changing fields of many rows: those that are ticked in the form, one after the other."""

    path: str
    present: Callable[[Work], Collection[UUID]]

    def offer(self, actor: Actor) -> list[tuple[BulkField, Choices | None]]:
        return [(one, one.choices(actor) if one.choices else None) for one in fields_for(self.path, actor)]

    def asks(self, actor: Actor) -> list[str]:
        return [one.key for one in fields_for(self.path, actor)]

    def read(self, actor: Actor, typed: MultiDict[str, str]) -> dict[str, Any]:
        values, errors = {}, {}
        for one in fields_for(self.path, actor):
            if typed.get(f"set_{one.key}"):
                try:
                    values[one.key] = one.read("\n".join(typed.getlist(one.key)))
                except Invalid as refusal:
                    errors[one.key] = [str(refusal)]
        if errors:
            raise Invalid(errors=errors)
        if not values:
            raise Invalid("Tick at least one field to change.")
        return values

    def says(self, args: Mapping[str, Any], rows: str) -> str:
        names = ", ".join(one.label.lower() for key, one in _fields[self.path].items() if key in args)
        return f"Edited {rows}: {names}"

    def run(self, work: Work) -> Mapping[UUID, Outcome]:
        there = set(self.present(work))
        mine = Work(work.actor, [one for one in work.ids if one in there], work.args, work.is_many)
        changed: set[UUID] = set()
        for key, value in work.args.items():
            if key not in _fields[self.path]:
                raise Invalid("A field that was to be changed is not there any more.")
            changed |= set(_fields[self.path][key].write(mine, value))
        return work.others(changed, there)


def edit_action(path: str, *, permission: str, present: Callable[[Work], Collection[UUID]]) -> BulkAction:
    """Change fields of many rows. `present(work)`: those of its rows that the actor may change now."""
    editing = _Editing(path, present)
    return BulkAction(
        key="edit",
        label="Edit",
        permission=permission,
        icon="pencil",
        position=10,
        template="bulk/_fields.html",
        offer=editing.offer,
        asks=editing.asks,
        read=editing.read,
        says=editing.says,
        run=editing.run,
    )
