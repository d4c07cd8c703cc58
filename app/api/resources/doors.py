"""Things that a body names by id."""

from collections.abc import Callable
from typing import TypeVar

from app.core.errors import Invalid, NotFound

Found = TypeVar("Found")


def named(name: str, find: Callable[[], Found]) -> Found:
    """What the field `name` stands for. Raises: Invalid for that field where there is nothing to be seen."""
    try:
        return find()
    except NotFound:
        raise Invalid(errors={name: ["There is none with this id."]}) from None
