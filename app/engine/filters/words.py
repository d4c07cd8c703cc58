"""A filter as a sentence."""

from datetime import date
from decimal import Decimal
from typing import Any

from app.core.money import format_money
from app.engine.filters import spans
from app.engine.filters.fields import Collection, Field, choices_of
from app.engine.filters.memory import Verdict
from app.engine.filters.operators import Operator
from app.engine.filters.tree import Aggregate, Filter, Group, Leaf, Member, Node, Not

MOST_NAMED = 3


def sentence(wanted: Filter, currency: str) -> str:
    """The whole filter: "Country is United Kingdom, and purchases in the last 90 days at least 2"."""
    if wanted.is_empty:
        return f"All {wanted.entity.label.lower()}"
    said = _Words(currency).node(wanted.root, outermost=True)
    return said[:1].upper() + said[1:]


def question(node: Node, currency: str) -> str:
    """One node in words."""
    return _Words(currency).node(node, outermost=True)


def seen(verdict: Verdict, currency: str) -> str:
    """The value a question saw, "" for a node that sees none."""
    node, value = verdict.node, verdict.seen
    if not isinstance(node, Leaf | Aggregate):
        return ""
    if value in (None, "", []):
        return "nothing"
    measured = node.field if isinstance(node, Leaf) else node.measure
    if measured is not None and measured.type == "sealed":
        return "something"
    return _Words(currency).value(measured, value)


def length(text: str) -> str:
    """ "90d" as "90 days"."""
    number, unit = int(text[:-1]), spans.UNITS[text[-1]]
    return f"{number:,} {unit}{'s' if number > 1 else ''}"


class _Words:
    def __init__(self, currency: str) -> None:
        self.currency = currency

    def node(self, node: Node, *, outermost: bool = False) -> str:
        if isinstance(node, Group):
            return self._group(node, outermost=outermost)
        if isinstance(node, Not):
            return f"not ({self.node(node.node, outermost=True)})"
        if isinstance(node, Member):
            named = dict(choices_of(node.membership)).get(node.group, "one that is gone")
            return f"in {node.membership.label.lower()} {named}"
        if isinstance(node, Aggregate):
            return self._aggregate(node)
        return self._asked(node.field.label, node.field, node.operator, node.value)

    def _group(self, group: Group, *, outermost: bool) -> str:
        if not group.nodes:
            return "everything" if group.kind == "all" else "nothing"
        joined = (" and " if group.kind == "all" else " or ").join(self.node(one) for one in group.nodes)
        return joined if outermost or len(group.nodes) == 1 else f"({joined})"

    def _aggregate(self, node: Aggregate) -> str:
        what = _measured(node.function, node.collection, node.measure)
        if node.where is not None:
            what += f" where {self.node(node.where)}"
        if node.window:
            what += f" in the last {length(node.window).removeprefix('1 ')}"
        return self._asked(what, node.measure, node.operator, node.value)

    def _asked(self, subject: str, field: Field | None, operator: Operator, value: Any) -> str:
        takes, label = operator.takes, operator.label
        if takes == "nothing":
            return f"{subject} {label}"
        if takes == "length":
            return f"{subject} {label} {length(value)}"
        if takes == "unit":
            return f"{subject} {label} {value}"
        if takes == "two":
            return f"{subject} {label} {self.value(field, value[0])} and {self.value(field, value[1])}"
        if takes == "many":
            return f"{subject} {_one_or_many(label, value)} {self._list(field, value)}"
        return f"{subject} {label} {self.value(field, value)}"

    def _list(self, field: Field | None, values: tuple[Any, ...]) -> str:
        named = [self.value(field, one) for one in values[:MOST_NAMED]]
        if len(values) > MOST_NAMED:
            named.append(f"{len(values) - MOST_NAMED} more")
        return " or ".join([", ".join(named[:-1]), named[-1]]) if len(named) > 1 else named[0]

    def value(self, field: Field | None, value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return ", ".join(self.value(field, one) for one in value)
        if isinstance(value, date):
            return f"{value.day} {value:%b %Y}"
        if isinstance(value, Decimal):
            return f"{value:,f}"
        if field is not None and field.type == "money":
            return format_money(round(value), self.currency)
        if field is not None and field.choices is not None:
            return dict(choices_of(field)).get(str(value), "somebody or something gone")
        if isinstance(value, str):
            return f"“{value}”"
        return f"{float(value):,.2f}".rstrip("0").rstrip(".") if not isinstance(value, int) else f"{value:,}"


def _measured(function: str, collection: Collection, measure: Field | None) -> str:
    things = collection.label.lower()
    if measure is None:
        return f"number of {things}"
    names = {"sum": "total", "avg": "average", "min": "smallest", "max": "largest"}
    return f"{names[function]} {measure.label.lower()} of {things}"


def _one_or_many(label: str, values: tuple[Any, ...]) -> str:
    return label.replace("is one of", "is").replace("is none of", "is not") if len(values) == 1 else label
