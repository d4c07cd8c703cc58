"""Find groups among customers, match them with those of before, and explain each by a shallow tree.

Free of Flask and of the database. Loaded by the job alone: what it imports weighs 100 MB.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from app.segments.suggestions import rules
from app.segments.suggestions.features import FEATURES
from app.segments.suggestions.rules import Rule

SEED = 7
FEWEST_GROUPS, MOST_GROUPS = 3, 8
SAMPLE = 20_000
SILHOUETTE_SAMPLE = 4_000
OUTERMOST = 3.5
KEEP_NUMBER_WITHIN = 0.02
KEEP_CENTRES_WITHIN = 1.02
SAME_WITHIN = 0.75
REASONS = 3

Floats = NDArray[np.float32]
GROUPED = [place for place, feature in enumerate(FEATURES) if feature.weight]
WEIGHTS = np.array([FEATURES[place].weight for place in GROUPED], dtype=np.float32)
MONEY = next(place for place, feature in enumerate(FEATURES) if feature.key == "money_minor")


@dataclass(frozen=True)
class Reason:
    """A feature that sets a group apart. `value` is typical of it, `usual` of everybody; `distance` in deviations."""

    key: str
    value: float
    usual: float
    distance: float


@dataclass(frozen=True)
class Group:
    """Customers who are alike. `same_as` is the place of the same group in the last run."""

    customers: int
    money_share: float
    centre: tuple[float, ...]
    reasons: tuple[Reason, ...]
    rule: Rule
    same_as: int | None


@dataclass(frozen=True)
class Found:
    """All groups, the largest first, and how far they are apart: the mean silhouette, -1 to 1."""

    groups: Sequence[Group]
    silhouette: float


@dataclass(frozen=True)
class _Scale:
    """Between log features and deviations from the mean; a feature that never varies counts for nothing."""

    mean: Floats
    deviation: Floats

    def shrink(self, logged: Floats) -> Floats:
        shrunk: Floats = np.clip((logged - self.mean) / self.deviation, -OUTERMOST, OUTERMOST) * WEIGHTS
        return shrunk

    def grow(self, scaled: Floats) -> Floats:
        grown: Floats = scaled / WEIGHTS * np.where(np.isinf(self.deviation), 0, self.deviation) + self.mean
        return grown


def gather(batches: Iterable[Sequence[Sequence[Any]]]) -> Floats:
    """Rows of features as one array. Shape: (customers, len(FEATURES))."""
    arrays = [np.array([tuple(row) for row in batch], dtype=np.float32) for batch in batches]
    return np.vstack(arrays) if arrays else np.empty((0, len(FEATURES)), dtype=np.float32)


@threadpool_limits.wrap(limits=1)  # one thread adds up in one order, and leaves the other cores to pages
def find(rows: Floats, before: Sequence[Sequence[float]]) -> Found | None:
    """The groups of these customers; None when they are too much alike.

    Shape: `rows` as `gather` gives them; `before` holds the centres of the last run's groups.
    """
    logged = _logged(rows)
    deviation = logged.std(axis=0)
    scale = _Scale(logged.mean(axis=0), np.where(deviation > 1e-6, deviation, np.inf).astype(np.float32))
    scaled = scale.shrink(logged)
    centres, silhouette = _centres(scaled, _before(before, scale))
    if centres is None:
        return None
    fitted = KMeans(len(centres), init=centres, n_init=1, random_state=SEED).fit(scaled)
    same = _match(fitted.cluster_centers_, _before(before, scale))
    groups = [
        replace(
            _describe(rows, scale, fitted.cluster_centers_[place], fitted.labels_ == place), same_as=same.get(place)
        )
        for place in range(len(centres))
    ]
    return Found(sorted(groups, key=lambda group: -group.customers), silhouette)


def _logged(rows: Floats) -> Floats:
    """The features that group, with their long tails drawn in."""
    known = np.clip(rows[:, GROUPED], 0, None)
    logged: Floats = np.where([FEATURES[place].unit == "share" for place in GROUPED], np.sqrt(known), np.log1p(known))
    return logged


def _unlogged(place: int, value: float) -> float:
    """A typical value back from a feature's log."""
    return max(value, 0.0) ** 2 if FEATURES[place].unit == "share" else float(np.expm1(value))


def _before(centres: Sequence[Sequence[float]], scale: _Scale) -> Floats | None:
    fitting = [centre for centre in centres if len(centre) == len(GROUPED)]
    return scale.shrink(np.array(fitting, dtype=np.float32)) if fitting and len(fitting) == len(centres) else None


def _centres(scaled: Floats, before: Floats | None) -> tuple[Floats | None, float]:
    """Where the groups are: as many as are furthest apart, or as many as there were when that is as good."""
    chance = np.random.default_rng(SEED)
    sample = scaled
    if len(scaled) > SAMPLE:
        sample = scaled[np.sort(chance.choice(len(scaled), SAMPLE, replace=False))]
    most = min(MOST_GROUPS, len(np.unique(sample, axis=0)) - 1)
    if most < FEWEST_GROUPS:
        return None, 0.0
    tried = {
        number: KMeans(number, n_init=4, random_state=SEED).fit(sample) for number in range(FEWEST_GROUPS, most + 1)
    }
    apart = {number: _silhouette(sample, one.labels_) for number, one in tried.items()}
    best = max(apart, key=lambda number: apart[number])
    if before is None:
        return tried[best].cluster_centers_, apart[best]
    if apart.get(len(before), -1.0) >= apart[best] - KEEP_NUMBER_WITHIN:
        best = len(before)
    if best == len(before):
        again = KMeans(best, init=before, n_init=1, random_state=SEED).fit(sample)
        if again.inertia_ <= tried[best].inertia_ * KEEP_CENTRES_WITHIN:
            return again.cluster_centers_, _silhouette(sample, again.labels_)
    return tried[best].cluster_centers_, apart[best]


def _silhouette(sample: Floats, labels: NDArray[np.int32]) -> float:
    if len(np.unique(labels)) < 2:
        return -1.0
    size = min(len(sample), SILHOUETTE_SAMPLE)
    return float(silhouette_score(sample, labels, sample_size=size, random_state=SEED))


def _match(centres: Floats, before: Floats | None) -> dict[int, int]:
    """Which group was which before: the pairing with the smallest distances, far ones left out."""
    if before is None:
        return {}
    apart = np.linalg.norm(centres[:, None, :] - before[None, :, :], axis=2) / np.sqrt(centres.shape[1])
    pairs = zip(*linear_sum_assignment(apart), strict=True)
    return {int(now): int(then) for now, then in pairs if apart[now, then] <= SAME_WITHIN}


def _describe(rows: Floats, scale: _Scale, scaled: Floats, is_in: NDArray[np.bool_]) -> Group:
    centre = scale.grow(scaled)
    order = np.argsort(-np.abs(scaled), kind="stable")[:REASONS]
    reasons = tuple(
        Reason(
            FEATURES[GROUPED[column]].key,
            float(_unlogged(GROUPED[column], float(centre[column]))),
            float(_unlogged(GROUPED[column], float(scale.mean[column]))),
            float(scaled[column]),
        )
        for column in order
    )
    money = np.clip(rows[:, MONEY], 0, None).astype(np.float64)
    share = float(money[is_in].sum() / money.sum()) if money.sum() else 0.0
    return Group(int(is_in.sum()), share, tuple(float(one) for one in centre), reasons, rules.learn(rows, is_in), None)
