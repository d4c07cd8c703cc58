"""What changed between two versions, line by line and word by word."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from app.reach.messages.contents import Place, in_order, places

WORD = re.compile(r"\w+|\s+|[^\w\s]")
ALIKE = 0.4
MOST_PAIRS = 1_000_000
"""Beyond so many pairs of lines, or of words, nobody reads what differs, and comparing them takes long."""

Kind = Literal["same", "gone", "new"]


@dataclass(frozen=True)
class Line:
    """One line. `pieces` say which words of it went or came."""

    kind: Kind
    pieces: tuple[tuple[Kind, str], ...]


@dataclass(frozen=True)
class Difference:
    """One text that is not as it was."""

    place: Place
    lines: tuple[Line, ...]


def compare(
    before: Mapping[str, dict[str, dict[str, str]]], after: Mapping[str, dict[str, dict[str, str]]]
) -> list[Difference]:
    """The texts that differ, by channel, language and part."""
    was, now = places(before), places(after)
    changed = in_order(place for place in was.keys() | now.keys() if was.get(place) != now.get(place))
    return [Difference(place, tuple(_lines(was.get(place, ""), now.get(place, "")))) for place in changed]


def _lines(before: str, after: str) -> Iterator[Line]:
    was, now = before.split("\n") if before else [], after.split("\n") if after else []
    if len(was) * len(now) > MOST_PAIRS:
        yield from _changed(was, now)
        return
    for kind, start, end, new_start, new_end in SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (Line("same", (("same", line),)) for line in was[start:end])
        else:
            yield from _changed(was[start:end], now[new_start:new_end])


def _changed(gone: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Lines in each other's place show the words that differ; the rest went, or came, as a whole."""
    pairs = list(zip(gone, new, strict=False))
    for before, after in pairs:
        was, now = WORD.findall(before), WORD.findall(after)
        matcher = SequenceMatcher(None, was, now, autojunk=False)
        if len(was) * len(now) > MOST_PAIRS or matcher.ratio() < ALIKE:
            yield Line("gone", (("gone", before),))
            yield Line("new", (("new", after),))
            continue
        steps = matcher.get_opcodes()
        yield Line(
            "gone",
            tuple(("same" if kind == "equal" else "gone", "".join(was[i:j])) for kind, i, j, _, _ in steps if i < j),
        )
        yield Line(
            "new",
            tuple(("same" if kind == "equal" else "new", "".join(now[i:j])) for kind, _, _, i, j in steps if i < j),
        )
    yield from (Line("gone", (("gone", line),)) for line in gone[len(pairs) :])
    yield from (Line("new", (("new", line),)) for line in new[len(pairs) :])
