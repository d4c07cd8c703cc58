"""A plain name for a group, from what sets it apart."""

from collections.abc import Collection, Sequence

from app.segments.suggestions.features import BY_KEY

WORTH_NAMING = 0.3
AVERAGE = "Like most customers"
CLEAR, RECOGNISABLE = 0.5, 0.25


def name_of(reasons: Sequence[tuple[str, float]], taken: Collection[str]) -> str:
    """Two features in words, a third where two do not tell it from another; reasons are (key, distance)."""
    words = [
        BY_KEY[key].high if distance > 0 else BY_KEY[key].low
        for key, distance in reasons
        if abs(distance) >= WORTH_NAMING
    ]
    for number in (2, 3):
        name = ", ".join(words[:number]).capitalize() or AVERAGE
        if name not in taken:
            return name
    return next(numbered for count in range(2, 99) if (numbered := f"{name} ({count})") not in taken)


def quality(silhouette: float) -> str:
    """What a silhouette means."""
    if silhouette >= CLEAR:
        return "The groups are clearly apart."
    if silhouette >= RECOGNISABLE:
        return "The groups can be told apart, with some overlap."
    return "The groups run into each other: take them as a rough sketch."
