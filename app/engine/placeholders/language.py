"""Reading texts with placeholders: what they are made of, and what is wrong with them."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

DEEPEST = 3
BRACES = re.compile(r"\{([^{}]*)\}")
CONDITION = re.compile(r"if\s+(?P<negated>not\s+)?(?P<key>[^\s|]+)(?:\s+is\s+(?P<other>not\s+)?(?P<value>\S.*))?", re.S)
ALONE = re.compile(r"(?m)^[ \t]*(\{[ \t]*(?:if\b[^{}\n]*|else[ \t]*|end[ \t]*)\})[ \t]*(?:\n|\Z)")
HOW_TO_ASK = "Write a condition as {if customer.company} or {if customer.country is Norway}."


@dataclass(frozen=True, slots=True)
class Slot:
    """Room for a value; `clean` makes it fit what stands around it, `otherwise` stands there when it is empty."""

    key: str
    otherwise: str = ""
    clean: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Choice:
    """What stands where a value `is` so, or is there at all when `value` is empty, and what does elsewhere.

    `is_block`: its braces stand on lines of their own, so it holds whole lines.
    """

    key: str
    value: str
    is_negated: bool
    is_block: bool
    then: "Nodes"
    otherwise: "Nodes"


Node = str | Slot | Choice
Nodes = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and in which line."""

    line: int
    words: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.words}"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text that was read. With problems it can be shown all the same."""

    nodes: Nodes
    problems: tuple[Problem, ...]


def parse(text: str, known: Collection[str] | None = None) -> Parsed:
    """Read a text; with `known`, every other word is a problem."""
    text = text.replace("\r\n", "\n")
    reader, end = _Reader(known), 0
    for start, stop, word, is_alone in _words(text):
        reader.say(text[end:start])
        reader.read(word, text.count("\n", 0, start) + 1, is_alone)
        end = stop
    reader.say(text[end:])
    return reader.finish()


def problems_in(text: str, known: Collection[str]) -> list[str]:
    """What is wrong with a text, in words."""
    return [str(problem) for problem in parse(text, known).problems]


def keys_of(nodes: Nodes, fact_of: Callable[[str], str] = str) -> Iterator[tuple[str, bool]]:
    """The placeholders in a text, and whether each says what stands in its place where it is empty.

    `fact_of`: what a placeholder is about; those about the same are there together, or none is.
    """
    for node in nodes:
        if isinstance(node, Slot):
            yield node.key, bool(node.otherwise)
        elif isinstance(node, Choice):
            yield node.key, True
            guarded = fact_of(node.key) if not (node.value or node.is_negated) else None
            yield from ((key, has or fact_of(key) == guarded) for key, has in keys_of(node.then, fact_of))
            yield from keys_of(node.otherwise, fact_of)


def _words(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """What stands in braces, from where to where; a line with nothing but a condition goes with its end."""
    alone = {found.start(1): (found.start(), found.end()) for found in ALONE.finditer(text)}
    for found in BRACES.finditer(text):
        start, end = alone.get(found.start(), found.span())
        yield start, end, found[1].strip(), found.start() in alone


@dataclass
class _Open:
    """A choice whose end has not come yet."""

    head: re.Match[str]
    line: int
    is_block: bool
    then: list[Node] | None = None
    said: list[Node] = field(default_factory=list)

    def close(self) -> Choice:
        sides = (self.said, []) if self.then is None else (self.then, self.said)
        is_negated = bool(self.head["negated"]) != bool(self.head["other"])
        value = (self.head["value"] or "").strip().casefold()
        return Choice(self.head["key"], value, is_negated, self.is_block, tuple(sides[0]), tuple(sides[1]))


class _Reader:
    """Takes words and what stands between them, in order."""

    def __init__(self, known: Collection[str] | None):
        self.known = known
        self.top: list[Node] = []
        self.open: list[_Open] = []
        self.problems: list[Problem] = []

    @property
    def _said(self) -> list[Node]:
        return self.open[-1].said if self.open else self.top

    def say(self, text: str) -> None:
        if text:
            self._said.append(text)

    def read(self, word: str, line: int, is_alone: bool) -> None:
        first = word.split(None, 1)[0] if word else ""
        if first == "if":
            self._begin(word, line, is_alone)
        elif word == "else":
            self._turn(line)
        elif word == "end":
            self._end(line)
        else:
            key, _bar, otherwise = (part.strip() for part in word.partition("|"))
            self._check(key, line)
            self._said.append(Slot(key, otherwise))

    def finish(self) -> Parsed:
        for one in reversed(self.open):
            self._blame(one.line, f"{{{one.head[0]}}} has no {{end}}.")
        while self.open:
            self._close()
        return Parsed(tuple(self.top), tuple(sorted(self.problems, key=lambda problem: problem.line)))

    def _begin(self, word: str, line: int, is_alone: bool) -> None:
        head = CONDITION.fullmatch(word)
        if head is None:
            self._blame(line, HOW_TO_ASK)
            head = CONDITION.fullmatch("if ?")
            assert head is not None  # written just here
        else:
            self._check(head["key"], line)
        if len(self.open) == DEEPEST:
            self._blame(line, f"At most {DEEPEST} conditions stand in one another.")
        self.open.append(_Open(head, line, is_alone))

    def _turn(self, line: int) -> None:
        if not self.open or self.open[-1].then is not None:
            self._blame(line, "{else} has no {if ...} before it.")
            return
        one = self.open[-1]
        one.then, one.said = one.said, []

    def _end(self, line: int) -> None:
        if not self.open:
            self._blame(line, "{end} has no {if ...} before it.")
            return
        self._close()

    def _close(self) -> None:
        done = self.open.pop().close()
        self._said.append(done)

    def _check(self, key: str, line: int) -> None:
        if self.known is None or key in self.known:
            return
        near = get_close_matches(key, self.known, n=1, cutoff=0.6)
        hint = f" Did you mean {{{near[0]}}}?" if near else ""
        self._blame(line, f"Nothing is known as {{{key}}}.{hint}")

    def _blame(self, line: int, words: str) -> None:
        self.problems.append(Problem(line, words))
