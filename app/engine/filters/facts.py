"""Fetch what a filter asks of one row, for the back end in memory."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import or_, select, true

from app.core.db import db
from app.engine.filters import spans, sql
from app.engine.filters.fields import Collection, Field
from app.engine.filters.memory import Facts
from app.engine.filters.spans import Moment
from app.engine.filters.tree import Aggregate, Filter, Leaf, Member, Node, leaves


def fetch(wanted: Filter, row_id: Any, moment: Moment) -> Facts | None:
    """The facts of one row, in one statement and one more for each list and group; None when there is no such row."""
    asked = list(leaves(wanted.root))
    fields = {leaf.field.key: leaf.field for leaf in asked if isinstance(leaf, Leaf)}
    entity = wanted.entity
    columns = [one.column.label(key) for key, one in fields.items()]
    query = select(entity.id.label("row_id"), *columns).where(entity.id == row_id)
    for joined, column in sql.joins(wanted).items():
        query = query.outerjoin(joined, joined.c.parent == column)
    found = db.session.execute(query).mappings().first()
    if found is None:
        return None
    collections: dict[str, list[Aggregate]] = {}
    for leaf in asked:
        if isinstance(leaf, Aggregate):
            collections.setdefault(leaf.collection.key, []).append(leaf)
    return Facts(
        values=dict(found),
        rows={key: _rows(of_one[0].collection, of_one, row_id, moment) for key, of_one in collections.items()},
        groups=_groups([leaf for leaf in asked if isinstance(leaf, Member)], row_id),
    )


def _rows(collection: Collection, asked: list[Aggregate], row_id: Any, moment: Moment) -> list[Any]:
    fields: dict[str, Field] = {}
    for one in asked:
        fields.update({leaf.field.key: leaf.field for leaf in _inner(one.where)})
        if one.measure is not None:
            fields[one.measure.key] = one.measure
    columns = [one.column.label(key) for key, one in fields.items() if key != "at"]
    query = select(collection.at.label("at"), *columns).where(collection.parent == row_id)
    if collection.base is not None:
        query = query.where(collection.base)
    windows = [one.window for one in asked]
    starts = [collection.at >= spans.shift(moment, window) if window else true() for window in windows]
    return list(db.session.execute(query.where(or_(*starts))).mappings())


def _inner(node: Node | None) -> Iterable[Leaf]:
    return () if node is None else (leaf for leaf in leaves(node) if isinstance(leaf, Leaf))


def _groups(asked: list[Member], row_id: Any) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    for leaf in asked:
        members = leaf.membership.members(leaf.group).subquery()
        inside = db.session.scalar(select(select(members).where(members.c[0] == row_id).exists()))
        groups.setdefault(leaf.membership.key, set()).update({leaf.group} if inside else ())
    return {key: frozenset(inside) for key, inside in groups.items()}
