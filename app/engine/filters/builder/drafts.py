"""A filter being built: what stands in its form, finished or not, and what its buttons do to it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.engine.filters import tree
from app.engine.filters.fields import Entity, Field
from app.engine.filters.operators import KINDS, Operator
from app.engine.filters.tree import COUNTING

ROOT = "r"
KINDS_OF_GROUP = {
    "all": ("all", False, "All of these hold"),
    "any": ("any", False, "Any of these holds"),
    "none": ("any", True, "None of these holds"),
    "not_all": ("all", True, "Not all of these hold"),
}


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
    """A filter being built, until `finish` makes it one. `is_marked`: what is missing is shown at its place."""

    entity: Entity
    root: Branch
    currency: str
    is_marked: bool = False

    def rules(self) -> Iterator[Rule]:
        """Every question, those about rows of a list among them."""
        yield from _rules(self.root)

    def fields_at(self, rule: Rule) -> dict[str, Field]:
        """What a rule can ask about: inside of an aggregate, the fields of its rows."""
        owner = self.owner_of(rule.path)
        if owner is None:
            return self.entity.fields
        collection = self.entity.collections.get(parts_of(owner.subject)[2])
        return collection.fields if collection else {}

    def asked(self, rule: Rule) -> Field | None:
        """The field a rule asks about, or the measure it sums."""
        kind, _function, key, measure = parts_of(rule.subject)
        if kind == "f":
            return self.fields_at(rule).get(key)
        collection = self.entity.collections.get(key) if kind == "agg" else None
        return collection.fields.get(measure) if collection and measure else None

    def operators(self, rule: Rule) -> dict[str, Operator]:
        """What a rule can ask."""
        kind = parts_of(rule.subject)[0]
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
        number_nodes(self.root, ROOT)

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
            or self.owner_of(path) is not self.owner_of(f"{into}.0")
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

    def owner_of(self, path: str) -> Rule | None:
        """The aggregate a rule narrows; None for a rule about the entity itself."""
        head, inside, _ = path.partition(".w.")
        found = self._find(head) if inside else None
        return found if isinstance(found, Rule) else None


def parts_of(subject: str) -> tuple[str, str, str, str]:
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


def number_nodes(branch: Branch, path: str) -> None:
    """Give each node below its path."""
    branch.path = path
    for number, node in enumerate(branch.nodes):
        node.path = f"{path}.{number}"
        if isinstance(node, Branch):
            number_nodes(node, node.path)
        elif node.where is not None:
            number_nodes(node.where, f"{node.path}.w")
