"""What can be imported: the contract between this engine and the packages."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from app.core.access import Actor
from app.engine.imports.cells import Reading
from app.engine.imports.runs import Run

Values = dict[str, Any]
Parse = Callable[[dict[str, str]], Values]


@dataclass(frozen=True)
class Vouched:
    """What a file says for people who do not say it themselves: whoever imports it must have a right, and say how
    they know.

    `question`, `example` and `unanswered` ask for that, `refusal` is for whoever has no such right, `kept` says
    what stays when the import is undone.
    """

    permission: str
    heading: str
    context: str
    question: str
    example: str
    unanswered: str
    refusal: str
    kept: str


@dataclass(frozen=True)
class Field:
    """A column a kind understands. `aliases` are header names it is recognised by.

    One that is `vouched` for says something for others, or, where it is no claim, only more about such a column.
    A column of a file with a word of `contrary` in its name, written small and without gaps, means the opposite and
    is refused as `contradicted` has it.
    """

    key: str
    label: str
    aliases: tuple[str, ...] = ()
    is_required: bool = False
    type: Literal["text", "number", "date"] = "text"
    vouched: Vouched | None = None
    is_claim: bool = True
    contrary: tuple[str, ...] = ()
    contradicted: str = ""


def nothing_more(_import_id: UUID, _reading: Reading) -> dict[str, Any]:
    """The summary of a kind whose counts say all."""
    return {}


def nowhere(_import_id: UUID) -> str:
    """The address of a kind that has no list."""
    return ""


@dataclass(frozen=True)
class ImportKind:
    """What a package makes of rows.

    `parser(reading)` gives a function for one run over a file, which turns each row's mapped
    cells into JSON values, or raises BadCell.
    `shown` names the columns of the preview (those in `numbers` aligned as such), and `show` says
    a parsed row in them.
    `apply(run)` makes things of the rows that wait and settles each; it commits in steps by
    `run.end_step`, so that it can go on after being killed, and never writes on a dry run.
    `matches` are the ways to find again what is known, in words, the first unless another is chosen: a kind
    that has them minds `run.match` and `run.mode`. `has_contacts`: files of address books are for it.
    `stands_alone`: a row can be tried without the others. `final` says why an import cannot be undone.
    `meets(rows, match)` says for the preview what each row would find again, and how.
    `summarise` adds to the report what only this kind can say; `seen_at` is the address of a list
    of what an import made, "" for a kind without one.
    """

    key: str
    label: str
    needs: str
    fields: Sequence[Field]
    parser: Callable[[Reading], Parse]
    shown: tuple[str, ...]
    show: Callable[[Values, Reading], tuple[str, ...]]
    apply: Callable[[Run], None]
    numbers: tuple[str, ...] = ()
    matches: Mapping[str, str] = field(default_factory=dict)
    meets: Callable[[Sequence[Values], str], Sequence[str]] | None = None
    has_contacts: bool = False
    stands_alone: bool = False
    final: str = ""
    summarise: Callable[[UUID, Reading], dict[str, Any]] = nothing_more
    seen_at: Callable[[UUID], str] = nowhere

    @property
    def has_dates(self) -> bool:
        """Whether it matters which part of a date comes first."""
        return any(one.type == "date" for one in self.fields)

    def fields_for(self, actor: Actor) -> list[Field]:
        """The columns that this actor may bring in."""
        return [one for one in self.fields if one.vouched is None or actor.can(one.vouched.permission)]

    def vouched_in(self, keys: Collection[str]) -> list[Vouched]:
        """What is said for others by the columns that are chosen, each once."""
        said = (one.vouched for one in self.fields if one.key in keys and one.vouched and one.is_claim)
        return list(dict.fromkeys(said))


KINDS: dict[str, ImportKind] = {}


def add_kind(kind: ImportKind) -> None:
    """Let files of one more kind be imported."""
    KINDS[kind.key] = kind
