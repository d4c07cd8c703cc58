"""From a filter to a draft of it, ready to be changed."""

from decimal import Decimal
from typing import Any

from app.core.money import to_decimal
from app.engine.filters.builder.drafts import ROOT, Branch, Draft, Rule, number_nodes
from app.engine.filters.fields import Field
from app.engine.filters.tree import Aggregate, Filter, Group, Leaf, Member, Node, Not

OPPOSITES = {"all": "not_all", "not_all": "all", "any": "none", "none": "any"}


def open_filter(wanted: Filter, currency: str) -> Draft:
    """A filter, ready to be changed; one of nothing with a first empty rule."""
    opened = _draft_of(wanted.root, currency)
    root = opened if isinstance(opened, Branch) else Branch(nodes=[opened])
    if not root.nodes:
        root.nodes.append(Rule())
    number_nodes(root, ROOT)
    return Draft(wanted.entity, root, currency)


def _branch_of(group: Group, currency: str) -> Branch:
    return Branch(group.kind, nodes=[_draft_of(one, currency) for one in group.nodes])


def _draft_of(node: Node, currency: str) -> Branch | Rule:
    if isinstance(node, Group):
        return _branch_of(node, currency)
    if isinstance(node, Not):
        inner = _draft_of(node.node, currency)
        if isinstance(inner, Branch):
            return Branch(OPPOSITES[inner.kind], inner.nodes)
        if inner.subject.startswith("in:"):
            inner.op = "not_in"
            return inner
        return Branch("none", [inner])
    if isinstance(node, Member):
        return Rule(f"in:{node.membership.key}", "in", [node.group])
    rule = _aggregate_of(node, currency) if isinstance(node, Aggregate) else Rule(f"f:{node.field.key}")
    measured = node.measure if isinstance(node, Aggregate) else node.field
    _fill(rule, node, measured, currency)
    return rule


def _aggregate_of(node: Aggregate, currency: str) -> Rule:
    of = node.collection.key + (f".{node.measure.key}" if node.measure else "")
    rule = Rule(f"agg:{node.function}:{of}")
    if node.window:
        rule.window, rule.window_unit = node.window[:-1], node.window[-1]
    if node.where is not None:
        inner = _draft_of(node.where, currency)
        rule.where = inner if isinstance(inner, Branch) else Branch(nodes=[inner])
    return rule


def _fill(rule: Rule, node: Leaf | Aggregate, measured: Field | None, currency: str) -> None:
    rule.op = node.operator.key
    if node.operator.takes == "nothing":
        return
    if node.operator.takes == "length":
        rule.values, rule.unit = [node.value[:-1]], node.value[-1]
        return
    values = node.value if isinstance(node.value, tuple) else (node.value,)
    rule.values = [_shown(one, measured, currency) for one in values]
    if node.operator.takes == "many" and measured is not None and measured.type == "text":
        rule.values = [", ".join(rule.values)]


def _shown(value: Any, measured: Field | None, currency: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if measured is not None and measured.type == "money":
        amount: Decimal = to_decimal(value, currency)
        return f"{amount:f}"
    return str(value)
