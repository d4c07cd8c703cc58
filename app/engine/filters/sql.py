"""The first back end: a filter as one SQL statement with bound values.

All aggregates over one collection are fused: its rows are read once, grouped by their parent, each
aggregate with a FILTER of its own. What must hold besides is asked first, so that only the rows of
whoever may pass at all are read and added up. What the filter means stands in the tree and in `operators`;
nothing is decided in the database.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, false, func, or_, select, true

from app.core.db import Few, one_of
from app.engine.filters import operators, spans
from app.engine.filters.fields import Collection
from app.engine.filters.operators import KINDS
from app.engine.filters.spans import Moment
from app.engine.filters.tree import Aggregate, Filter, Group, Leaf, Member, Node, Not, leaves


def narrow(query: Select[Any], wanted: Filter, moment: Moment, among: Few | None = None) -> Select[Any]:
    """The rows of a query on the filter's entity that pass; with `among`, of these alone."""
    compiler = _Compiler(wanted, moment, among)
    condition = and_(compiler.is_among(wanted.entity.id), compiler.condition(wanted.root))
    by_id = wanted.entity.id
    for grouped, column in (*((one, by_id) for one in compiler.joined), *joins(wanted).items()):
        is_asked = compiler.is_among(grouped.c.parent) if column is by_id else true()
        query = query.outerjoin(grouped, and_(grouped.c.parent == column, is_asked))
    return query.where(condition)


def ids(wanted: Filter, moment: Moment, among: Few | None = None) -> Select[Any]:
    """The ids of all rows that pass; with `among` only of those, and nothing else is read for them."""
    return narrow(select(wanted.entity.id), wanted, moment, among)


def joins(wanted: Filter) -> dict[Subquery, Any]:
    """What the fields that are asked about stand in, and the column that each is joined by."""
    fields = [leaf.field for leaf in leaves(wanted.root) if isinstance(leaf, Leaf)]
    by_id = wanted.entity.id
    return {one.joined: by_id if one.joined_by is None else one.joined_by for one in fields if one.joined is not None}


@dataclass
class _Compiler:
    filter: Filter
    moment: Moment
    among: Few | None = None
    joined: Sequence[Subquery] = ()
    results: dict[Aggregate, ColumnElement[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted: dict[str, dict[Aggregate, None]] = {}
        for leaf in leaves(self.filter.root):
            if isinstance(leaf, Aggregate):
                wanted.setdefault(leaf.collection.key, {})[leaf] = None
        self.joined = [self._group(next(iter(of_one)).collection, list(of_one)) for of_one in wanted.values()]

    def is_among(self, column: Any) -> ColumnElement[bool]:
        """True for the rows that are asked about at all."""
        if self.among is None:
            return true()
        return one_of(column, self.among)

    def may_pass(self, column: Any) -> ColumnElement[bool]:
        """True where all holds that can be told without an aggregate; where that leaves most, it is not asked twice."""
        plain = [node for node in _must_hold(self.filter.root) if all(_is_plain(leaf) for leaf in leaves(node))]
        if not any(_is_of_few(leaf) for node in plain for leaf in leaves(node)):
            return self.is_among(column)
        rows = select(self.filter.entity.id).where(*(self.condition(node) for node in plain))
        passing: ColumnElement[bool] = column.in_(rows.correlate(None))
        return and_(self.is_among(column), passing)

    def condition(self, node: Node, *, is_turned: bool = False) -> ColumnElement[bool]:
        """True for exactly the rows of which the node holds; below a NOT never unknown."""
        if isinstance(node, Group):
            parts = [self.condition(one, is_turned=is_turned) for one in node.nodes]
            return and_(true(), *parts) if node.kind == "all" else or_(false(), *parts)
        if isinstance(node, Not):
            return ~self.condition(node.node, is_turned=True)
        if isinstance(node, Member):
            return self.filter.entity.id.in_(node.membership.members(node.group))
        if isinstance(node, Aggregate):
            kind = KINDS[node.measure.type if node.measure else "number"]
            return operators.matches(kind, node.operator, self.results[node], node.value, is_turned=is_turned)
        value = operators.resolve(node.operator, node.value, self.moment)
        asked: Any = node.field.column
        if node.field.holders is not None:
            asked = operators.Held(self.filter.entity.id, node.field.holders)
        return operators.matches(node.field.kind, node.operator, asked, value, is_turned=is_turned)

    def _group(self, collection: Collection, aggregates: Sequence[Aggregate]) -> Subquery:
        """One pass over a collection that answers several aggregates, by parent."""
        taken = [self._taken(one) for one in aggregates]
        columns = [
            _result(one).filter(rows).label(f"a{number}")
            for number, (one, rows) in enumerate(zip(aggregates, taken, strict=True))
        ]
        query = select(collection.parent.label("parent"), *columns).where(or_(*taken)).group_by(collection.parent)
        query = query.where(self.may_pass(collection.parent))
        if collection.base is not None:
            query = query.where(collection.base)
        grouped = query.subquery()
        for number, one in enumerate(aggregates):
            result = grouped.c[f"a{number}"]
            self.results[one] = func.coalesce(result, 0) if one.function in ("count", "sum") else result
        return grouped

    def _taken(self, aggregate: Aggregate) -> ColumnElement[bool]:
        parts: list[ColumnElement[bool]] = []
        if aggregate.window:
            span = spans.last(self.moment, aggregate.window)
            parts += [aggregate.collection.at >= span.start, aggregate.collection.at < span.end]
        if aggregate.where is not None:
            parts.append(self.condition(aggregate.where))
        return and_(true(), *parts)


def _must_hold(node: Node) -> Sequence[Node]:
    """The nodes without which the whole does not hold."""
    if isinstance(node, Group) and node.kind == "all":
        return [one for part in node.nodes for one in _must_hold(part)]
    return [node]


def _is_plain(leaf: Leaf | Aggregate | Member) -> bool:
    """Told by the row itself."""
    return isinstance(leaf, Member) or (isinstance(leaf, Leaf) and leaf.field.joined is None)


def _is_of_few(leaf: Leaf | Aggregate | Member) -> bool:
    """A choice, such as a country, is mostly that of many."""
    return isinstance(leaf, Member) or (isinstance(leaf, Leaf) and leaf.field.type not in ("choice", "yes"))


def _result(aggregate: Aggregate) -> Any:
    if aggregate.measure is None:
        return func.count()
    return getattr(func, aggregate.function)(aggregate.measure.column)
