"""The builder's working copy of a filter: what stands in its form, finished or not.

The whole tree travels in the form, each input named by its node's path ("r.0.1.op"), so nothing is
kept between two clicks and two windows never meet. A draft becomes a filter by `finish`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

from app.core.errors import Invalid
from app.core.money import parse, to_decimal
from app.engine.filters import tree
from app.engine.filters.fields import Entity, Field
from app.engine.filters.operators import KINDS, Operator
from app.engine.filters.tree import COUNTING, Aggregate, BadFilter, Filter, Group, Leaf, Member, Node, Not

ROOT = "r"
KINDS_OF_GROUP = {
    "all": ("all", False, "All of these hold"),
    "any": ("any", False, "Any of these holds"),
    "none": ("any", True, "None of these holds"),
    "not_all": ("all", True, "Not all of these hold"),
}
OPPOSITES = {"all": "not_all", "not_all": "all", "any": "none", "none": "any"}


@dataclass
class Rule:
    """One question as it stands in the form: `subject` is "f:country", "agg:sum:purchases.value" or "in:segment"."""

    subject: str = ""
    op: str = ""
    values: list[str] = field(default_factory=list)
    unit: str = "d"
    window: str = ""
    window_unit: str = "d"
    where: "Branch | None" = None
    problem: str = ""
    path: str = ""


@dataclass
class Branch:
    """A group as it stands in the form; its kind is one of `KINDS_OF_GROUP`."""

    kind: str = "all"
    nodes: list["Branch | Rule"] = field(default_factory=list)
    path: str = ""

    @property
    def is_branch(self) -> bool:
        """Tells a group from a rule in templates."""
        return True


@dataclass
class Draft:
    """A filter being built. `is_marked`: what is missing is shown at its place."""

    entity: Entity
    root: Branch
    currency: str
    is_marked: bool = False

    def rules(self) -> Iterator[Rule]:
        """Every question, those about rows of a list among them."""
        yield from _rules(self.root)

    def fields_at(self, rule: Rule) -> dict[str, Field]:
        """What a rule can ask about: inside of an aggregate, the fields of its rows."""
        owner = self._owner(rule.path)
        if owner is None:
            return self.entity.fields
        collection = self.entity.collections.get(_parts(owner.subject)[2])
        return collection.fields if collection else {}

    def asked(self, rule: Rule) -> Field | None:
        """The field a rule asks about, or the measure it sums."""
        kind, _function, key, measure = _parts(rule.subject)
        if kind == "f":
            return self.fields_at(rule).get(key)
        collection = self.entity.collections.get(key) if kind == "agg" else None
        return collection.fields.get(measure) if collection and measure else None

    def operators(self, rule: Rule) -> dict[str, Operator]:
        """What a rule can ask."""
        kind = _parts(rule.subject)[0]
        asked = self.asked(rule)
        if kind == "agg":
            known = KINDS[asked.type if asked else "number"].operators
            return {key: known[key] for key in COUNTING}
        if kind == "in":
            return {"in": Operator("in", "is in"), "not_in": Operator("not_in", "is not in")}
        return asked.questions if asked else {}

    def operator(self, rule: Rule) -> Operator | None:
        """What a rule asks."""
        return self.operators(rule).get(rule.op)

    def finish(self, *, strict: bool) -> Filter:
        """The filter. Of a draft that is not finished only what is, unless `strict`.

        Marks each faulty rule. Raises: BadFilter.
        """
        self.is_marked = strict
        made = self._json(self.root, self.entity.key, strict)
        faulty = [rule for rule in self.rules() if rule.problem]
        if strict and faulty:
            raise BadFilter("Finish what is marked, or remove it.")
        return tree.read(self.entity.key, made)

    def change(self, what: str) -> None:
        """Do what a button says: "rule:r.0" adds a rule to a group; group, where, remove, up and down alike.

        "move:r.0:r.2:1" puts a node into a group, as its second.
        """
        action, _, path = what.partition(":")
        if action in ("rule", "group"):
            group = self._branch(path)
            if group is not None:
                group.nodes.append(Rule() if action == "rule" else Branch("any", nodes=[Rule()]))
        elif action == "where":
            rule = self._find(path)
            if isinstance(rule, Rule):
                rule.where = Branch(nodes=[Rule()])
        elif action == "move":
            self._move(path)
        else:
            self._rearrange(action, path)
        _number(self.root, ROOT)

    def _move(self, what: str) -> None:
        """Put a node elsewhere: not into itself, not among the rows of another list, not deeper than filters go."""
        path, into, place, *_rest = [*what.split(":"), "", ""]
        parent_path, _, last = path.rpartition(".")
        parent, node, group = self._branch(parent_path), self._find(path), self._branch(into)
        if parent is None or node is None or group is None or not (last.isdigit() and place.isdigit()):
            return
        is_inside = f"{into}.".startswith(f"{path}.")
        if (
            is_inside
            or self._owner(path) is not self._owner(f"{into}.0")
            or _depth(into) + _height(node) > tree.DEEPEST
        ):
            return
        del parent.nodes[int(last)]
        group.nodes.insert(int(place), node)

    def _rearrange(self, action: str, path: str) -> None:
        if path.endswith(".w"):
            owner = self._find(path.removesuffix(".w"))
            if action == "remove" and isinstance(owner, Rule):
                owner.where = None
            return
        parent_path, _, last = path.rpartition(".")
        group = self._branch(parent_path)
        if group is None or not last.isdigit() or int(last) >= len(group.nodes):
            return
        place = int(last)
        node = group.nodes.pop(place)
        if action in ("up", "down"):
            group.nodes.insert(max(0, place + (1 if action == "down" else -1)), node)

    def _json(self, branch: Branch, key: str, strict: bool) -> dict[str, Any]:
        nodes = []
        for node in branch.nodes:
            if isinstance(node, Branch):
                nodes.append(self._json(node, key, strict))
            elif (made := self._rule(node, strict)) is not None:
                nodes.append(made)
        kind, is_negated, _label = KINDS_OF_GROUP[branch.kind]
        return {"not": {kind: nodes}} if is_negated else {kind: nodes}

    def _rule(self, rule: Rule, strict: bool) -> dict[str, Any] | None:
        operator = self.operator(rule)
        if operator is None or (operator.takes != "nothing" and not any(rule.values)):
            rule.problem = "Choose what to ask, and fill it in." if strict else ""
            return None
        kind, function, key, measure = _parts(rule.subject)
        try:
            asked: dict[str, Any] = {"op": operator.key, "v": self._value(rule, operator)}
            if kind == "in":
                member = {"in": key, "v": rule.values[0]}
                return member if rule.op == "in" else {"not": member}
            if kind == "f":
                made = {"f": key, **asked}
            else:
                made = {"agg": function, "of": f"{key}.{measure}" if measure else key, **asked}
                if rule.window:
                    made["window"] = {"last": f"{rule.window}{rule.window_unit}"}
                if rule.where is not None:
                    made["where"] = self._json(rule.where, key, strict)
            if self._owner(rule.path) is None:
                tree.read(self.entity.key, made)
            return made
        except (Invalid, ValueError) as refusal:
            rule.problem = refusal.sentence if isinstance(refusal, BadFilter) else str(refusal)
            return None

    def _value(self, rule: Rule, operator: Operator) -> Any:
        values = rule.values
        if operator.takes == "nothing":
            return None
        if operator.takes == "length":
            return f"{values[0]}{rule.unit}"
        if operator.takes == "unit":
            return values[0]
        asked = self.asked(rule)
        kind = asked.type if asked else "number"
        if operator.takes == "many":
            if kind == "text":
                values = [one.strip() for one in values[0].split(",") if one.strip()]
            return values
        typed = [self._typed(kind, one) for one in values]
        return typed[:2] if operator.takes == "two" else typed[0]

    def _typed(self, kind: str, text: str) -> Any:
        if kind == "money":
            return parse(text, self.currency)
        if kind == "number":
            try:
                return int(text.replace(",", "").strip())
            except ValueError:
                raise ValueError("Enter a whole number.") from None
        if kind == "decimal":
            try:
                return float(text.replace(",", "").strip())
            except ValueError:
                raise ValueError("Enter a number such as 12 or 1.75.") from None
        if kind == "yes":
            return text == "yes"
        return text

    def _find(self, path: str) -> "Branch | Rule | None":
        node: Branch | Rule | None = self.root
        for step in path.split(".")[1:]:
            if step == "w":
                node = node.where if isinstance(node, Rule) else None
            elif isinstance(node, Branch) and step.isdigit() and int(step) < len(node.nodes):
                node = node.nodes[int(step)]
            else:
                return None
        return node

    def _branch(self, path: str) -> Branch | None:
        found = self._find(path)
        return found if isinstance(found, Branch) else None

    def _owner(self, path: str) -> Rule | None:
        """The aggregate a rule narrows; None for a rule about the entity itself."""
        head, inside, _ = path.partition(".w.")
        found = self._find(head) if inside else None
        return found if isinstance(found, Rule) else None


def read(entity: Entity, form: MultiDict[str, str], currency: str) -> Draft:
    """The draft that stands in a form. Raises: BadFilter for one that is too large."""
    reader = _FormReader(form)
    draft = Draft(entity, reader.branch(ROOT, 1), currency)
    for rule in draft.rules():
        known = draft.operators(rule)
        if known and rule.op not in known:
            rule.op, rule.values = next(iter(known)), []
    return draft


def open_filter(wanted: Filter, currency: str) -> Draft:
    """A filter, ready to be changed; one of nothing with a first empty rule."""
    opened = _draft_of(wanted.root, currency)
    root = opened if isinstance(opened, Branch) else Branch(nodes=[opened])
    if not root.nodes:
        root.nodes.append(Rule())
    _number(root, ROOT)
    return Draft(wanted.entity, root, currency)


class _FormReader:
    def __init__(self, form: MultiDict[str, str]) -> None:
        self.form = form
        self.left = tree.MOST_LEAVES * 2

    def branch(self, path: str, depth: int) -> Branch:
        count = self.form.get(f"{path}.n", 0, int)
        self.left -= count
        if self.left < 0 or count < 0 or depth > tree.DEEPEST:
            raise BadFilter(f"A filter is at most {tree.DEEPEST} levels deep and asks {tree.MOST_LEAVES} questions.")
        nodes = [self.node(f"{path}.{number}", depth + 1) for number in range(count)]
        kind = self.form.get(f"{path}.kind", "all")
        return Branch(kind if kind in KINDS_OF_GROUP else "all", nodes, path)

    def node(self, path: str, depth: int) -> Branch | Rule:
        if f"{path}.n" in self.form:
            return self.branch(path, depth)
        form = self.form
        where = self.branch(f"{path}.w", depth + 1) if f"{path}.w.n" in form else None
        return Rule(
            subject=form.get(f"{path}.s", ""),
            op=form.get(f"{path}.op", ""),
            values=form.getlist(f"{path}.v"),
            unit=form.get(f"{path}.u", "d"),
            window=form.get(f"{path}.win", "").strip(),
            window_unit=form.get(f"{path}.winu", "d"),
            where=where,
            path=path,
        )


def _parts(subject: str) -> tuple[str, str, str, str]:
    """(kind, function, key, measure) of a subject."""
    kind, _, rest = subject.partition(":")
    if kind != "agg":
        return kind, "", rest, ""
    function, _, of = rest.partition(":")
    key, _, measure = of.partition(".")
    return kind, function, key, measure


def _rules(branch: Branch) -> Iterator[Rule]:
    for node in branch.nodes:
        if isinstance(node, Branch):
            yield from _rules(node)
        else:
            yield node
            if node.where is not None:
                yield from _rules(node.where)


def _depth(path: str) -> int:
    return path.count(".") + 1


def _height(node: Branch | Rule) -> int:
    """How many levels a node has, itself among them."""
    below = node.nodes if isinstance(node, Branch) else [node.where] if node.where else []
    return 1 + max(map(_height, below), default=0)


def _number(branch: Branch, path: str) -> None:
    branch.path = path
    for number, node in enumerate(branch.nodes):
        node.path = f"{path}.{number}"
        if isinstance(node, Branch):
            _number(node, node.path)
        elif node.where is not None:
            _number(node.where, f"{node.path}.w")


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
