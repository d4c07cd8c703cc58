"""A group as a rule of few questions: a decision tree of depth 3, written as all and any."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeClassifier

from app.engine.filters.tree import MOST_AGGREGATES
from app.segments.as_of import Tree
from app.segments.suggestions.features import BY_KEY, FEATURES, Feature

SEED = 7
DEPTH = 3
LEAVES = (8, 6, 5, 4, 3, 2)
SAMPLE = 50_000
SMALLEST_SHARE = 0.005
DIGITS = 3
QUESTION_COSTS = 0.02
ASKED = [place for place, feature in enumerate(FEATURES) if feature.of]

PURCHASES = BY_KEY["purchases"]

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """Whether a feature is at most `most`, or above it."""

    place: int
    most: int
    is_above: bool


@dataclass(frozen=True)
class Joined:
    """All or any of some parts."""

    kind: str
    parts: tuple["Rule_", ...]


Rule_ = Asked | Joined | bool


@dataclass(frozen=True)
class Rule:
    """A rule, and how well it stands for its group. `precision`, `recall`: shares, 0 to 1.

    Precision: how many of those it finds belong to the group; recall: how many of the group it finds.
    """

    root: Rule_
    customers: int
    precision: float
    recall: float

    @property
    def balance(self) -> float:
        """Precision and recall in one number."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    def tree(self, ask: Callable[[Feature, int, bool], Tree]) -> Tree:
        """The same as a filter; it says that they bought at all where the rule leaves that open."""
        written = _written(self.root, ask)
        if _is_of_buyers(self.root):
            return written
        parts = written["all"] if "all" in written else [written]
        return {"all": [ask(PURCHASES, 0, True), *parts]}


def learn(rows: NDArray[np.float32], is_in: Bools) -> Rule:
    """The rule that fits a group best, of those a filter may ask; a further question must be worth it.

    Shape: rows (customers, len(FEATURES)); is_in (customers,).
    """
    known, wanted = rows[:, ASKED], is_in
    if len(rows) > SAMPLE:
        few = np.sort(np.random.default_rng(SEED).choice(len(rows), SAMPLE, replace=False))
        known, wanted = known[few], is_in[few]
    found = []
    for leaves in LEAVES:
        grown = DecisionTreeClassifier(
            max_depth=DEPTH,
            max_leaf_nodes=leaves,
            min_samples_leaf=max(3, int(len(known) * SMALLEST_SHARE)),
            random_state=SEED,
        ).fit(known, wanted)
        root = _read(grown, known, wanted)
        if 0 < _questions(root) <= MOST_AGGREGATES - (not _is_of_buyers(root)):
            found.append(_judge(root, rows, is_in))
    return (
        max(found, key=lambda rule: rule.balance - QUESTION_COSTS * _questions(rule.root))
        if found
        else _judge(True, rows, is_in)
    )


def _read(grown: DecisionTreeClassifier, known: NDArray[np.float32], wanted: Bools) -> Rule_:
    chosen = _leaves(grown.apply(known), wanted)
    nodes = grown.tree_

    def node(number: int) -> Rule_:
        if nodes.children_left[number] == nodes.children_right[number]:
            return number in chosen
        place = ASKED[int(nodes.feature[number])]
        most = _rounded(FEATURES[place], float(nodes.threshold[number]))
        low, high = node(int(nodes.children_left[number])), node(int(nodes.children_right[number]))
        return _branch(Asked(place, most, False), low, high)

    return node(0)


def _leaves(leaf_of: NDArray[np.int64], wanted: Bools) -> set[int]:
    """The leaves that together stand for the group best: the purest ones, as many as balance precision and recall."""
    leaves, inverse = np.unique(leaf_of, return_inverse=True)
    sizes, hits = np.bincount(inverse), np.bincount(inverse, weights=wanted)
    order = np.argsort(-hits / sizes, kind="stable")
    found, size = np.cumsum(hits[order]), np.cumsum(sizes[order])
    best = int(np.argmax(2 * found / (size + wanted.sum())))
    return {int(leaf) for leaf in leaves[order[: best + 1]]}


def _branch(question: Asked, low: Rule_, high: Rule_) -> Rule_:
    """What a node of the tree says: the question with what lies below, without what goes without saying."""
    opposite = Asked(question.place, question.most, True)
    if low == high:
        return low
    if low is True:
        return question if high is False else _join("any", question, high)
    if high is True:
        return opposite if low is False else _join("any", opposite, low)
    if low is False:
        return _join("all", opposite, high)
    if high is False:
        return _join("all", question, low)
    return _join("any", _join("all", question, low), _join("all", opposite, high))


def _join(kind: str, *parts: Rule_) -> Rule_:
    """Parts of one kind side by side; of two questions in one direction about one feature, the one that decides."""
    flat: list[Rule_] = []
    for part in parts:
        flat += part.parts if isinstance(part, Joined) and part.kind == kind else [part]
    asked = sorted((one for one in flat if isinstance(one, Asked)), key=lambda one: (one.place, one.is_above))
    decisive = []
    for (_place, is_above), some in groupby(asked, key=lambda one: (one.place, one.is_above)):
        pick = max if is_above == (kind == "all") else min
        decisive.append(pick(some, key=lambda one: one.most))
    others = [one for one in flat if not isinstance(one, Asked)]
    return Joined(kind, (*decisive, *others)) if len(decisive) + len(others) > 1 else decisive[0]


def _rounded(feature: Feature, threshold: float) -> int:
    """A limit people can say; what is counted is whole anyway."""
    whole = int(np.floor(threshold))
    digits = len(str(abs(whole)))
    return whole if feature.unit != "money" or digits <= DIGITS else round(whole, DIGITS - digits)


def _questions(rule: Rule_) -> int:
    if isinstance(rule, Joined):
        return sum(_questions(part) for part in rule.parts)
    return 1 if isinstance(rule, Asked) else 0


def _is_of_buyers(rule: Rule_) -> bool:
    """Whether only somebody who bought within the window can pass; rules are learnt from nobody else."""
    if isinstance(rule, Joined):
        return (any if rule.kind == "all" else all)(_is_of_buyers(part) for part in rule.parts)
    if isinstance(rule, Asked):
        return FEATURES[rule.place].key in (("purchases", "basket_minor") if rule.is_above else ("recency_days",))
    return False


def _judge(root: Rule_, rows: NDArray[np.float32], is_in: Bools) -> Rule:
    held = _holds(root, rows)
    both = float((held & is_in).sum())
    return Rule(root, int(held.sum()), both / max(1, int(held.sum())), both / max(1, int(is_in.sum())))


def _holds(rule: Rule_, rows: NDArray[np.float32]) -> Bools:
    if isinstance(rule, bool):
        return np.full(len(rows), rule)
    if isinstance(rule, Asked):
        at_most: Bools = rows[:, rule.place] <= rule.most
        return ~at_most if rule.is_above else at_most
    answers = [_holds(part, rows) for part in rule.parts]
    reduce: Any = np.logical_and if rule.kind == "all" else np.logical_or
    held: Bools = reduce.reduce(answers)
    return held


def _written(rule: Rule_, ask: Callable[[Feature, int, bool], Tree]) -> Tree:
    if isinstance(rule, bool):
        return {"all": []} if rule else {"any": []}
    if isinstance(rule, Asked):
        return ask(FEATURES[rule.place], rule.most, rule.is_above)
    return {rule.kind: [_written(part, ask) for part in rule.parts]}
