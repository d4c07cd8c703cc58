"""What can be imported: the contract between this engine and the packages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.access import Actor


class BadCell(Exception):
    """A cell that cannot be taken; the message is the row's reason."""


@dataclass(frozen=True)
class Reading:
    """How the file is read: what a kind needs to make sense of a cell."""

    date_order: str
    time_zone: str
    country: str
    currency: str


@dataclass(frozen=True)
class Field:
    """A column a kind understands. `aliases` are header names it is recognised by."""

    key: str
    label: str
    aliases: tuple[str, ...]
    is_required: bool = False
    example: str = ""


Parse = Callable[[dict[str, str]], dict[str, Any]]


@dataclass(frozen=True)
class ImportKind:
    """What a package makes of rows.

    `parser(reading)` gives a function for one run over a file, which turns each row's mapped
    cells into JSON values, or raises BadCell.
    `apply(import_id, actor, reading)` makes things of the pending rows of `import_rows` and
    writes each row's outcome; it commits in steps, so that it can go on after being killed.
    `summarise(import_id)` adds to the report what only this kind can say, as (heading, rows).
    `describe` names a parsed row as it will become, for the preview.
    """

    key: str
    label: str
    fields: Sequence[Field]
    parser: Callable[[Reading], Parse]
    apply: Callable[[UUID, Actor, Reading], None]
    describe: Callable[[dict[str, Any], Reading], str]
    summarise: Callable[[UUID, Reading], dict[str, Any]] = field(default=lambda _import_id, _reading: {})
    needs: str = ""


KINDS: dict[str, ImportKind] = {}


def add_kind(kind: ImportKind) -> None:
    """Let files of one more kind be imported."""
    KINDS[kind.key] = kind
