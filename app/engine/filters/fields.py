"""What can be asked: the entities, their fields, what they have many of, and the groups they can be in.

Packages register theirs when the application is built, or later, when somebody adds a field in the
browser. A field that is not registered cannot be named in a filter, so nothing a visitor sends
becomes part of a statement.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import g, has_request_context
from sqlalchemy import ColumnElement, Select, Subquery
from sqlalchemy.orm import InstrumentedAttribute

from app.core.access import Actor
from app.engine.filters.operators import KINDS, Kind, Operator

Column = InstrumentedAttribute[Any] | ColumnElement[Any]
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Field:
    """One thing known of each row of an entity.

    `choices()` lists (value, label) of a choice or identity; `operators` narrows what can be asked,
    as of a field that is stored encrypted. `group` is the heading it stands under in the builder.
    Only whoever holds `permission` may ask ("": everybody). A column of `joined`, such as a customer's
    totals, is joined to the entity's rows by `parent`, which names their id, or what is in `joined_by`.
    Of a field of type "labels", which has many values in a row, such as tags, `holders(values)` selects
    the ids of the rows that have one of them (None: any at all); its column is an array, read for one row.
    """

    key: str
    label: str
    type: str
    column: Column
    choices: Callable[[], Choices] | None = None
    operators: tuple[str, ...] = ()
    group: str = ""
    permission: str = ""
    joined: Subquery | None = None
    joined_by: Column | None = None
    holders: Callable[[Sequence[Any] | None], Select[Any]] | None = None

    @property
    def kind(self) -> Kind:
        """How its values are read and compared."""
        return KINDS[self.type]

    @property
    def questions(self) -> dict[str, Operator]:
        """The operators it can be asked with, by key."""
        known = self.kind.operators
        return {key: known[key] for key in self.operators} if self.operators else dict(known)


@dataclass(frozen=True, eq=False)
class Collection:
    """What an entity has many of, such as a customer's purchases.

    `parent` is the column that names the entity's row, `at` when each happened; `base` is a
    condition that always holds. Only whoever holds `permission` may ask about it ("": everybody).
    """

    key: str
    label: str
    parent: Column
    at: Column
    fields: dict[str, Field]
    base: ColumnElement[bool] | None = None
    permission: str = ""

    @property
    def measures(self) -> dict[str, Field]:
        """The fields that can be summed and averaged."""
        return {key: one for key, one in self.fields.items() if one.kind.is_number}


@dataclass(frozen=True, eq=False)
class Membership:
    """Groups that rows of an entity can be in, such as segments.

    `members(group)` selects the ids in one group; `choices()` lists the groups.
    """

    key: str
    label: str
    members: Callable[[str], Select[Any]]
    choices: Callable[[], Choices]


@dataclass(frozen=True, eq=False)
class Use:
    """Something that can be made of a filter: a page that takes it as `?where=`."""

    label: str
    url: str
    permission: str


@dataclass(eq=False)
class Entity:
    """Something lists and segments are made of.

    `id` is its key column, `name` what a row is called, `url` the page of its list, below which each
    row has its own. `visible(actor)` is the condition that holds for the rows an actor may see.
    """

    key: str
    label: str
    id: Column
    name: Column
    url: str
    permission: str
    visible: Callable[[Actor], ColumnElement[bool]]
    fields: dict[str, Field] = field(default_factory=dict)
    collections: dict[str, Collection] = field(default_factory=dict)
    memberships: dict[str, Membership] = field(default_factory=dict)
    uses: dict[str, Use] = field(default_factory=dict)

    def add_fields(self, *fields: Field) -> None:
        """Let filters ask for more, from now on."""
        self.fields = self.fields | by_key(*fields)

    def replace_fields(self, prefix: str, *fields: Field) -> None:
        """Let filters ask for these, from now on, and for no others whose keys begin so.

        Whoever reads a filter at the same moment still has all fields as they were.
        """
        kept = {key: one for key, one in self.fields.items() if not key.startswith(prefix)}
        self.fields = kept | by_key(*fields)

    def add_collection(self, collection: Collection) -> None:
        """Let filters count and sum more."""
        self.collections[collection.key] = collection

    def add_membership(self, membership: Membership) -> None:
        """Let filters ask who is in a group."""
        self.memberships[membership.key] = membership

    def add_use(self, use: Use) -> None:
        """Let filters be made something of."""
        self.uses[use.label] = use


def choices_of(asked: Field | Membership) -> Choices:
    """What can be chosen, as (value, label); a page that shows many filters asks the database once."""
    if asked.choices is None:
        return ()
    if not has_request_context():
        return asked.choices()
    known: dict[Field | Membership, Choices] = g.setdefault("filter_choices", {})
    if asked not in known:
        known[asked] = asked.choices()
    return known[asked]


ENTITIES: dict[str, Entity] = {}


def add_entity(entity: Entity) -> Entity:
    """Let filters choose among the rows of one more table."""
    ENTITIES[entity.key] = entity
    return entity


def collections_for(actor: Actor, entity: Entity) -> list[Collection]:
    """What this actor may count and sum."""
    return [one for one in entity.collections.values() if not one.permission or actor.can(one.permission)]


def by_key(*fields: Field) -> dict[str, Field]:
    """Fields as an entity or a collection holds them."""
    return {one.key: one for one in fields}
