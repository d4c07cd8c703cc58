"""What a filter may ask on somebody's behalf."""

from collections.abc import Iterator

from app.core.access import Actor, Permission
from app.core.errors import NotAllowed, NotFound
from app.engine.filters.fields import ENTITIES, Entity
from app.engine.filters.tree import Aggregate, Filter, Leaf, leaves

PERMISSIONS = (Permission("filters.use", "Filter and count records", agent="all", manager="all"),)


def get_entity(actor: Actor, key: str) -> Entity:
    """The door to what can be filtered. Raises: NotFound when it is not there or not for this actor."""
    entity = ENTITIES.get(key)
    if entity is None or not actor.can(entity.permission):
        raise NotFound
    return entity


def check(actor: Actor, wanted: Filter) -> Filter:
    """The filter, when this actor may ask all of it. Raises: NotAllowed; counting what is hidden would show it."""
    for permission in _needed(wanted):
        if permission and not actor.can(permission):
            raise NotAllowed("This filter asks about records that are not open to you.")
    return wanted


def _needed(wanted: Filter) -> Iterator[str]:
    yield wanted.entity.permission
    for leaf in leaves(wanted.root):
        if isinstance(leaf, Aggregate):
            yield leaf.collection.permission
        elif isinstance(leaf, Leaf):
            yield leaf.field.permission
