"""The filter tree: what it is made of, and how it is read from JSON and written to it.

A node is immutable and complete: every name in it is registered, every value has its type. Nothing
else builds one, so both back ends and the builder may trust what they are given.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.core.errors import Invalid
from app.engine.filters import operators
from app.engine.filters.fields import ENTITIES, Collection, Entity, Field, Membership, choices_of
from app.engine.filters.operators import Operator

VERSION = 1
DEEPEST = 8
MOST_LEAVES = 100
MOST_AGGREGATES = 5
LONGEST_JSON = 50_000

FUNCTIONS = {"count": "number of", "sum": "sum of", "avg": "average", "min": "smallest", "max": "largest"}
COUNTING = ("ge", "gt", "le", "lt", "is", "is_not", "between")


class BadFilter(Invalid):
    """The tree names what there is not, or asks what cannot be asked. `path` leads to the node, as "all.1.any.0"."""

    code = "bad_filter"
    title = "This filter cannot be read"

    def __init__(self, sentence: str, path: str = "") -> None:
        super().__init__(f"{path}: {sentence}" if path else sentence)
        self.sentence = sentence
        self.path = path


@dataclass(frozen=True)
class Group:
    """All or any of some nodes. All of nothing holds, any of nothing does not."""

    kind: str
    nodes: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    """The opposite of a node."""

    node: "Node"


@dataclass(frozen=True)
class Leaf:
    """One question about a field."""

    field: Field
    operator: Operator
    value: Any = None


@dataclass(frozen=True)
class Aggregate:
    """A number made of many rows, and a question about it: "sum of purchases' total in the last 90d is at least 500".

    `measure` is None for a count; `where` narrows the rows that are taken; `window` is a length or None for ever.
    """

    collection: Collection
    function: str
    measure: Field | None
    where: "Node | None"
    window: str | None
    operator: Operator
    value: Any = None


@dataclass(frozen=True)
class Member:
    """Being in a group, such as a segment."""

    membership: Membership
    group: str


Node = Group | Not | Leaf | Aggregate | Member


@dataclass(frozen=True)
class Filter:
    """A whole tree about one entity."""

    entity: Entity = field(repr=False)
    root: Node = field(repr=False)
    json: str = field(compare=False)

    @property
    def sha256(self) -> str:
        """Names this tree, whoever wrote it."""
        return hashlib.sha256(f"{self.entity.key}|{self.json}".encode()).hexdigest()

    @property
    def is_empty(self) -> bool:
        """Everything passes: nothing is asked."""
        return isinstance(self.root, Group) and self.root.kind == "all" and not self.root.nodes


def read(entity_key: str, tree: Any) -> Filter:
    """A filter from JSON, as text or as what was parsed of it. Raises: BadFilter, which says where and why."""
    entity = ENTITIES.get(entity_key) if isinstance(entity_key, str) else None
    if entity is None:
        raise BadFilter("There is nothing of this name to filter.")
    if isinstance(tree, str):
        tree = _parse(tree)
    root = _Reader(entity).read(tree)
    return Filter(entity, root, json.dumps(write(root), separators=(",", ":"), ensure_ascii=False))


def everything(entity_key: str) -> Filter:
    """The filter that lets all pass."""
    return read(entity_key, {"all": []})


def write(node: Node) -> dict[str, Any]:
    """A node as JSON, always written the same way."""
    if isinstance(node, Group):
        return {node.kind: [write(one) for one in node.nodes]}
    if isinstance(node, Not):
        return {"not": write(node.node)}
    if isinstance(node, Member):
        return {"in": node.membership.key, "v": node.group}
    asked: dict[str, Any] = {"op": node.operator.key}
    if node.operator.takes != "nothing":
        asked["v"] = _plain(node.value)
    if isinstance(node, Leaf):
        return {"f": node.field.key, **asked}
    of = node.collection.key + (f".{node.measure.key}" if node.measure else "")
    parts: dict[str, Any] = {"agg": node.function, "of": of}
    if node.where is not None:
        parts["where"] = write(node.where)
    if node.window:
        parts["window"] = {"last": node.window}
    return {**parts, **asked}


def leaves(node: Node) -> Iterator[Leaf | Aggregate | Member]:
    """All questions of a tree, those inside of aggregates left out."""
    if isinstance(node, Group):
        for one in node.nodes:
            yield from leaves(one)
    elif isinstance(node, Not):
        yield from leaves(node.node)
    else:
        yield node


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value) if isinstance(value, UUID) else value


def _parse(text: str) -> Any:
    if len(text) > LONGEST_JSON:
        raise BadFilter(f"A filter is at most {LONGEST_JSON:,} characters long.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadFilter("This is no filter: it cannot be read as JSON.") from None


class _Reader:
    """Reads one tree, counting what it costs."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.fields = entity.fields
        self.leaves = 0
        self.aggregates = 0

    def read(self, tree: Any) -> Node:
        return self._node(tree, self.fields, "", 1)

    def _node(self, tree: Any, fields: dict[str, Field], path: str, depth: int) -> Node:
        if not isinstance(tree, dict):
            raise BadFilter("A node is an object.", path)
        if depth > DEEPEST:
            raise BadFilter(f"A filter is at most {DEEPEST} levels deep.", path)
        for kind in ("all", "any"):
            if kind in tree:
                return self._group(kind, tree, fields, path, depth)
        if "not" in tree:
            _only(tree, {"not"}, path)
            return Not(self._node(tree["not"], fields, _below(path, "not"), depth + 1))
        return self._question(tree, fields, path, depth)

    def _question(
        self, tree: dict[str, Any], fields: dict[str, Field], path: str, depth: int
    ) -> Leaf | Aggregate | Member:
        self.leaves += 1
        if self.leaves > MOST_LEAVES:
            raise BadFilter(f"A filter asks at most {MOST_LEAVES} questions.", path)
        if "f" in tree:
            return self._leaf(tree, fields, path)
        is_outside = fields is self.fields  # rows of a list have no lists and groups of their own
        if "agg" in tree and is_outside:
            return self._aggregate(tree, path, depth)
        if "in" in tree and is_outside:
            return self._member(tree, path)
        raise BadFilter("A node is one of all, any, not, f, agg or in.", path)

    def _group(self, kind: str, tree: dict[str, Any], fields: dict[str, Field], path: str, depth: int) -> Group:
        _only(tree, {kind}, path)
        parts = tree[kind]
        if not isinstance(parts, list):
            raise BadFilter("A group holds a list of nodes.", path)
        if len(parts) > MOST_LEAVES:
            raise BadFilter(f"A filter asks at most {MOST_LEAVES} questions.", path)
        here = _below(path, kind)
        return Group(
            kind, tuple(self._node(one, fields, f"{here}.{number}", depth + 1) for number, one in enumerate(parts))
        )

    def _leaf(self, tree: dict[str, Any], fields: dict[str, Field], path: str) -> Leaf:
        _only(tree, {"f", "op", "v"}, path)
        asked = _one_of(fields, tree["f"], "field", path)
        operator = _one_of(asked.questions, tree.get("op"), "question", path)
        return Leaf(asked, operator, _value(asked, operator, tree.get("v"), path))

    def _aggregate(self, tree: dict[str, Any], path: str, depth: int) -> Aggregate:
        _only(tree, {"agg", "of", "where", "window", "op", "v"}, path)
        self.aggregates += 1
        if self.aggregates > MOST_AGGREGATES:
            raise BadFilter(f"A filter counts or sums at most {MOST_AGGREGATES} times.", path)
        function = _one_of({key: key for key in FUNCTIONS}, tree["agg"], "sum", path)
        key, _, measure_key = str(tree.get("of", ""))[:200].partition(".")
        collection = _one_of(self.entity.collections, key, "list", path)
        if (function == "count") == bool(measure_key):
            raise BadFilter("A count is of a list, everything else of a number in it.", path)
        measure = _one_of(collection.measures, measure_key, "number", path) if measure_key else None
        where = None
        if tree.get("where") is not None:
            where = self._node(tree["where"], collection.fields, _below(path, "where"), depth + 1)
        asked = operators.KINDS[measure.type if measure else "number"]
        operator = _one_of({one: asked.operators[one] for one in COUNTING}, tree.get("op"), "question", path)
        try:
            value = operators.read_value(asked, operator, tree.get("v"))
        except (ValueError, TypeError) as refusal:
            raise BadFilter(str(refusal), path) from None
        return Aggregate(collection, function, measure, where, _window(tree.get("window"), path), operator, value)

    def _member(self, tree: dict[str, Any], path: str) -> Member:
        _only(tree, {"in", "v"}, path)
        membership = _one_of(self.entity.memberships, tree["in"], "kind of group", path)
        group = tree.get("v")
        if not isinstance(group, str) or group not in dict(choices_of(membership)):
            raise BadFilter(f"There is no such {membership.label.lower()}.", path)
        return Member(membership, group)


def _value(asked: Field, operator: Operator, value: Any, path: str) -> Any:
    try:
        return operators.read_value(asked.kind, operator, value)
    except (ValueError, TypeError) as refusal:
        raise BadFilter(f"{asked.label}: {refusal}", path) from None


def _window(window: Any, path: str) -> str | None:
    if window is None:
        return None
    if not isinstance(window, dict) or set(window) != {"last"}:
        raise BadFilter("A window is an object such as {“last”: “90d”}.", path)
    try:
        return operators.read_length(window["last"])
    except ValueError as refusal:
        raise BadFilter(str(refusal), path) from None


def _one_of(known: dict[str, Any], key: Any, what: str, path: str) -> Any:
    found = known.get(key) if isinstance(key, str) else None
    if found is None:
        raise BadFilter(f"There is no {what} “{str(key)[:60]}” here. Choose one of: {_some(known)}.", path)
    return found


def _some(known: Sequence[str] | dict[str, Any]) -> str:
    keys = sorted(known)
    return ", ".join(keys[:12]) + (" …" if len(keys) > 12 else "") if keys else "nothing"


def _only(tree: dict[str, Any], known: set[str], path: str) -> None:
    for key in tree:
        if key not in known:
            raise BadFilter(f"“{str(key)[:60]}” has no place here.", path)


def _below(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step
