"""What people send about duplicates."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.core.errors import Invalid
from app.people.duplicates.models import FIELDS, MOST_AT_ONCE


@dataclass(frozen=True)
class Wanted:
    """A merge as somebody chose it."""

    ids: list[UUID]
    winner_id: UUID
    chosen: Mapping[str, UUID]


def read_id(text: str) -> UUID | None:
    """An id, None for what is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def read_ids(values: "MultiDict[str, str]") -> list[UUID]:
    """The customers to compare. Raises: Invalid for fewer than two or more than five."""
    ids = list(dict.fromkeys(found for text in values.getlist("of") if (found := read_id(text))))
    if not 2 <= len(ids) <= MOST_AT_ONCE:
        raise Invalid(f"Choose two to {MOST_AT_ONCE} customers to merge.")
    return ids


def read_pair(values: "MultiDict[str, str]") -> tuple[UUID, UUID]:
    """The two of a pair. Raises: Invalid."""
    first, second = read_id(values.get("first", "")), read_id(values.get("second", ""))
    if first is None or second is None:
        raise Invalid("Choose two customers.")
    return first, second


def read_merge(values: "MultiDict[str, str]") -> Wanted:
    """Whom to keep, and whose value of each field. Raises: Invalid."""
    ids, winner_id = read_ids(values), read_id(values.get("keep", ""))
    if winner_id not in ids:
        raise Invalid("Choose whom to keep.")
    chosen = {name: found for name in FIELDS if (found := read_id(values.get(f"from_{name}", ""))) in ids and found}
    return Wanted(ids, winner_id, chosen)
