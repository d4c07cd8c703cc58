"""The filter of a list, as its address has it."""

from collections.abc import Mapping

from app.core.access import actor
from app.engine.filters import tree
from app.engine.filters.access import check
from app.engine.filters.tree import Filter


def read_where(entity_key: str, values: Mapping[str, str]) -> Filter | None:
    """What `?where=` says; None without it. Raises: BadFilter, NotAllowed."""
    text = values.get("where", "")
    if not text:
        return None
    wanted = check(actor(), tree.read(entity_key, text))
    return None if wanted.is_empty else wanted
