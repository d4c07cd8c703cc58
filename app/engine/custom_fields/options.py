"""The options of a field as an admin wants them, with those that are gone but still chosen somewhere."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from app.core.db import is_storable
from app.core.errors import Invalid
from app.core.texts import plain_text
from app.engine.custom_fields.types import Option

LONGEST_LABEL = 80
LONGEST_KEY = 50
MOST_OPTIONS = 500


def revise(before: Sequence[Option], wanted: Sequence[tuple[str, str]], chosen: Collection[str]) -> tuple[Option, ...]:
    """The options of (key, label) pairs, an empty key for a new one and an empty label for one that goes.

    Who keeps its key keeps its records; a label that was there before gets its key back. Those left out
    stay as gone when somebody has `chosen` them. Raises: Invalid.
    """
    rows = [(key, label) for key, label in ((key, one_line(label, LONGEST_LABEL)) for key, label in wanted) if label]
    if not rows:
        raise Invalid("Name at least one option.")
    if len(rows) > MOST_OPTIONS:
        raise Invalid(f"Use at most {MOST_OPTIONS} options.")
    if len({label.casefold() for _key, label in rows}) < len(rows):
        raise Invalid("Two options are called the same.")
    known = {option.key: option for option in before}
    made: dict[str, Option] = {}
    for asked, label in rows:
        key = asked if asked in known and asked not in made else _key_of(label, known, made, rows)
        made[key] = Option(key, label)
    gone = (option for option in before if option.key not in made and option.key in chosen)
    return (*made.values(), *(Option(option.key, option.label, is_gone=True) for option in gone))


def _key_of(label: str, known: Mapping[str, Option], made: Collection[str], rows: Sequence[tuple[str, str]]) -> str:
    claimed = {key for key, _label in rows} | set(made)
    free = (one.key for one in known.values() if one.label.casefold() == label.casefold() and one.key not in claimed)
    return next(free, None) or new_key(label, {*known, *made}, "option")


def new_key(label: str, taken: Collection[str], otherwise: str) -> str:
    """A short name for programs, made of a label: "Größe (cm)" is grosse_cm."""
    plain = unicodedata.normalize("NFKD", label.lower().replace("ß", "ss")).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    base = words if words[:1].isalpha() else f"{otherwise}_{words}"
    base = base[: LONGEST_KEY - 5].strip("_")
    return next(key for key in (base, *(f"{base}_{number}" for number in range(2, 2000))) if key not in taken)


def one_line(typed: str, longest: int) -> str:
    """A name as it is shown. Raises: Invalid."""
    if not is_storable(typed):
        raise Invalid("This contains a character that cannot be stored.")
    return " ".join(plain_text(typed, longest).split())
