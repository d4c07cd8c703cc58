"""Texts cut once into what stands and what is filled in, so that filling them costs next to nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from app.engine.placeholders.language import Node, Nodes, Slot, parse

Values = Mapping[str, str]


class _Gap(Protocol):
    def of(self, values: Values) -> str: ...


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


@dataclass(frozen=True, slots=True)
class _Value:
    key: str
    otherwise: str
    clean: Callable[[str], str]

    def of(self, values: Values) -> str:
        return self.clean(values.get(self.key) or "") or self.otherwise


@dataclass(frozen=True, slots=True)
class _Either:
    key: str
    value: str
    is_negated: bool
    then: Stencil
    otherwise: Stencil

    def of(self, values: Values) -> str:
        held = (values.get(self.key) or "").strip()
        fits = held.casefold() == self.value if self.value else bool(held)
        return (self.otherwise if fits == self.is_negated else self.then).fill(values)


def cut(nodes: Iterable[Node]) -> Stencil:
    """Cut what was read."""
    pieces: list[str] = []
    gaps: list[tuple[int, _Gap]] = []
    keys: set[str] = set()
    for node in nodes:
        if isinstance(node, str):
            if pieces and (not gaps or gaps[-1][0] != len(pieces) - 1):
                pieces[-1] += node
            else:
                pieces.append(node)
            continue
        keys.add(node.key)
        gap: _Gap
        if isinstance(node, Slot):
            gap = _Value(node.key, node.otherwise, node.clean)
        else:
            then, otherwise = cut(node.then), cut(node.otherwise)
            keys |= then.keys | otherwise.keys
            gap = _Either(node.key, node.value, node.is_negated, then, otherwise)
        gaps.append((len(pieces), gap))
        pieces.append("")
    return Stencil(tuple(pieces), tuple(gaps), frozenset(keys))


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
