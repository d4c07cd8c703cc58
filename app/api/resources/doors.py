"""Things that a body names by id, and the names by which it is refused."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from app.core.errors import Invalid, NotFound

Found = TypeVar("Found")


def named(name: str, find: Callable[[], Found]) -> Found:
    """What the field `name` stands for. Raises: Invalid for that field where there is nothing to be seen."""
    try:
        return find()
    except NotFound:
        raise Invalid(errors={name: ["There is none with this id."]}) from None


@contextmanager
def told_as(**names: str) -> Iterator[None]:
    """What is refused within stands under the names that programs know: `told_as(more_options="options")`."""
    try:
        yield
    except Invalid as refusal:
        refusal.errors = {names.get(name, name): sentences for name, sentences in refusal.errors.items()}
        raise
