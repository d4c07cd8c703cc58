"""Two people edit one record: what each of them really changed, and where they met."""

from collections.abc import Callable, Mapping
from typing import Any

from app.core.errors import Conflict


class Clash(Conflict):
    """Two people changed the same fields of one record."""

    def __init__(self, conflicts: list[dict[str, str]]) -> None:
        sentence = "Somebody changed the same field while you were editing. Compare both values and save again."
        super().__init__(sentence, conflicts=conflicts)


def merge(
    typed: Mapping[str, Any],
    *,
    present: Mapping[str, Any],
    seen: Mapping[str, Any] | None,
    label: Callable[[str], str],
    words: Callable[[str, Any], str],
) -> dict[str, Any]:
    """Those of the typed values that change something, by field.

    `present` has the values as they stand, `seen` those the editor started from, as far as anybody says. Left out is
    what stands so already, and what the editor did not touch: other people's changes to other fields are kept.
    `label` and `words` say a field and a value as people read them. Raises: Clash where both changed a field.
    """
    seen = seen or {}
    changed = {
        name: value
        for name, value in typed.items()
        if present[name] != value and (name not in seen or seen[name] != value)
    }
    conflicts = [
        {"field": name, "label": label(name), "yours": words(name, value), "theirs": words(name, present[name])}
        for name, value in changed.items()
        if name in seen and seen[name] != present[name]
    ]
    if conflicts:
        raise Clash(conflicts)
    return changed
