"""The second back end: a filter about one row, from facts in memory, with the reason for its answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from app.engine.filters import operators, spans
from app.engine.filters.operators import KINDS
from app.engine.filters.spans import Moment
from app.engine.filters.tree import Aggregate, Filter, Group, Member, Node, Not


@dataclass(frozen=True)
class Facts:
    """What is known of one row.

    `values` by field; `rows` by collection, each row its values by field and "at"; `groups` by
    membership: the groups it is in.
    """

    values: Mapping[str, Any]
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """Whether a node holds, the value it saw (of a question), and the verdicts below it."""

    node: Node
    holds: bool
    seen: Any = None
    below: tuple["Verdict", ...] = ()


def evaluate(wanted: Filter, facts: Facts, moment: Moment) -> Verdict:
    """Ask the whole tree; every node is answered, for the sake of the reason."""
    return _judge(wanted.root, facts, moment)


def _judge(node: Node, facts: Facts, moment: Moment) -> Verdict:
    if isinstance(node, Group):
        below = tuple(_judge(one, facts, moment) for one in node.nodes)
        answers = [one.holds for one in below]
        return Verdict(node, all(answers) if node.kind == "all" else any(answers), None, below)
    if isinstance(node, Not):
        inner = _judge(node.node, facts, moment)
        return Verdict(node, not inner.holds, None, (inner,))
    if isinstance(node, Member):
        return Verdict(node, node.group in facts.groups.get(node.membership.key, ()))
    if isinstance(node, Aggregate):
        seen = _result(node, facts, moment)
        kind = KINDS[node.measure.type if node.measure else "number"]
        return Verdict(node, operators.holds(kind, node.operator, seen, node.value), seen)
    seen = facts.values[node.field.key]
    value = operators.resolve(node.operator, node.value, moment)
    return Verdict(node, operators.holds(node.field.kind, node.operator, seen, value), seen)


def _result(node: Aggregate, facts: Facts, moment: Moment) -> Any:
    rows = facts.rows.get(node.collection.key, ())
    if node.window:
        span = spans.last(moment, node.window)
        rows = [row for row in rows if span.holds(row["at"])]
    if node.where is not None:
        rows = [row for row in rows if _judge(node.where, Facts(row), moment).holds]
    if node.measure is None:
        return len(rows)
    values = [row[node.measure.key] for row in rows if row[node.measure.key] is not None]
    if node.function == "sum":
        return sum(values)
    if not values:
        return None
    if node.function == "avg":
        return Fraction(sum(values), len(values))
    return min(values) if node.function == "min" else max(values)
