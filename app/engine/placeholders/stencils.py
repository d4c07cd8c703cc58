"""Texts cut once into what stands and what is filled in, so that filling them costs next to nothing.

One by one they are filled in here; for a thousand rows that are in the database anyway, there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy import ColumnElement, case, collate, func, literal

from app.engine.placeholders.language import Choice, Node, Nodes, Slot, parse

Values = Mapping[str, str]
Columns = Mapping[str, ColumnElement[str]]
SPACES = "".join(map(chr, (*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B)))) + (
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What `str.strip` takes away."""


class _Gap(Protocol):
    @property
    def keys(self) -> frozenset[str]: ...
    def of(self, values: Values) -> str: ...
    def given(self, values: Values) -> "Iterable[str | _Gap]": ...
    def column(self, values: Columns) -> ColumnElement[str]: ...


@dataclass(frozen=True, slots=True)
class Stencil:
    """A text with gaps. `pieces`: what stands, with "" at the places of the gaps; `keys`: what they ask for."""

    pieces: tuple[str, ...]
    gaps: tuple[tuple[int, _Gap], ...]
    keys: frozenset[str]

    def fill(self, values: Values) -> str:
        """The text for these values; one that is missing is empty."""
        if not self.gaps:
            return self.pieces[0] if self.pieces else ""
        filled = list(self.pieces)
        for place, gap in self.gaps:
            filled[place] = gap.of(values)
        return "".join(filled)

    def given(self, values: Values) -> "Stencil":
        """The text as far as it is the same for all, of whom these values are known; it asks for the others only."""
        return _joined(_settled(self, values))

    def column(self, values: Columns) -> ColumnElement[str]:
        """The same in SQL, for columns that are never NULL. What is filled in has to need no cleaning."""
        if not self.gaps:
            return literal(self.fill({}))
        filled: list[Any] = [literal(piece) for piece in self.pieces]
        for place, gap in self.gaps:
            filled[place] = gap.column(values)
        return func.concat(*filled)


@dataclass(frozen=True, slots=True)
class _Value:
    key: str
    otherwise: str
    clean: Callable[[str], str]

    @property
    def keys(self) -> frozenset[str]:
        return frozenset((self.key,))

    def given(self, values: Values) -> Iterable[str | _Gap]:
        return (self.of(values) if self.key in values else self,)

    def of(self, values: Values) -> str:
        return self.clean(values.get(self.key) or "") or self.otherwise

    def column(self, values: Columns) -> ColumnElement[str]:
        if self.clean is not str:
            raise NotImplementedError("what is filled in would have to be cleaned in SQL")
        if self.key not in values:
            return literal(self.otherwise)
        return func.coalesce(func.nullif(values[self.key], ""), self.otherwise) if self.otherwise else values[self.key]


@dataclass(frozen=True, slots=True)
class _Either:
    key: str
    value: str
    is_negated: bool
    then: Stencil
    otherwise: Stencil

    @property
    def keys(self) -> frozenset[str]:
        return self.then.keys | self.otherwise.keys | {self.key}

    def given(self, values: Values) -> Iterable[str | _Gap]:
        if self.key not in values:
            return (replace(self, then=self.then.given(values), otherwise=self.otherwise.given(values)),)
        return _settled(self._side(values), values)

    def of(self, values: Values) -> str:
        return self._side(values).fill(values)

    def _side(self, values: Values) -> Stencil:
        held = (values.get(self.key) or "").strip()
        fits = held.casefold() == self.value if self.value else bool(held)
        return self.otherwise if fits == self.is_negated else self.then

    def column(self, values: Columns) -> ColumnElement[str]:
        held: ColumnElement[str] = func.btrim(values.get(self.key, literal("")), SPACES)
        fits = func.casefold(collate(held, "pg_unicode_fast")) == self.value if self.value else held != ""
        sides = (self.otherwise, self.then) if self.is_negated else (self.then, self.otherwise)
        return case((fits, sides[0].column(values)), else_=sides[1].column(values))


def cut(nodes: Iterable[Node]) -> Stencil:
    """Cut what was read."""
    return _joined(node if isinstance(node, str) else _gap(node) for node in nodes)


def _gap(node: Slot | Choice) -> _Gap:
    if isinstance(node, Slot):
        return _Value(node.key, node.otherwise, node.clean)
    return _Either(node.key, node.value, node.is_negated, cut(node.then), cut(node.otherwise))


def _settled(text: Stencil, values: Values) -> Iterator[str | _Gap]:
    gaps = dict(text.gaps)
    for place, piece in enumerate(text.pieces):
        yield from gaps[place].given(values) if place in gaps else (piece,)


def _joined(parts: Iterable[str | _Gap]) -> Stencil:
    pieces: list[str] = []
    gaps: list[tuple[int, _Gap]] = []
    for part in parts:
        if not isinstance(part, str):
            gaps.append((len(pieces), part))
            pieces.append("")
        elif pieces and (not gaps or gaps[-1][0] != len(pieces) - 1):
            pieces[-1] += part
        else:
            pieces.append(part)
    return Stencil(tuple(pieces), tuple(gaps), frozenset[str]().union(*(gap.keys for _place, gap in gaps)))


def fill(text: str, values: Values) -> str:
    """A text filled in at once, for one that is used once."""
    return cut(parse(text).nodes).fill(values)


def cleaned(nodes: Nodes, clean: Callable[[str], str]) -> Nodes:
    """The same with all that stands in it, and all that will, made to fit what is around."""
    return tuple(_cleaned(node, clean) for node in nodes)


def _cleaned(node: Node, clean: Callable[[str], str]) -> Node:
    if isinstance(node, str):
        return clean(node)
    if isinstance(node, Slot):
        return replace(node, otherwise=clean(node.otherwise), clean=clean)
    return replace(node, then=cleaned(node.then, clean), otherwise=cleaned(node.otherwise, clean))
