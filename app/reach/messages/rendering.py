"""Messages for one person after another: compiled once per version, channel and language, then filled in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, case, func, literal

from app.core.errors import NotFound
from app.engine.placeholders import wording
from app.engine.placeholders.stencils import SPACES, Columns, Stencil, cut
from app.reach.channels.base import CHANNELS
from app.reach.messages.letters import compile_letter
from app.reach.messages.placeholders import read

Contents = Mapping[str, Mapping[str, Mapping[str, str]]]

USUAL_LOCALE = "en"
CONTROLS = re.compile("[\x01-\x1f\x7f\x85\u2028\u2029]+")


class NothingWritten(NotFound):
    """A version has no words for a channel."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A version's words for one channel in one language. `keys`: the placeholders that have to be loaded.

    `unsubscribe_url` is among the keys of every mail: who is given none gets no such line. Shape of `parts`: the part's
    key, its text, whether that is a single line.
    """

    locale: str
    keys: tuple[str, ...]
    parts: tuple[tuple[str, Stencil, bool], ...]

    def render(self, values: Mapping[str, str]) -> dict[str, str]:
        """The texts that go to the channel, for one person; what is missing is empty."""
        said = {}
        for key, text, is_line in self.parts:
            filled = text.fill(values)
            said[key] = one_line(filled) if is_line else filled.strip()
        return said

    def given(self, values: Mapping[str, str]) -> "Compiled":
        """The same for many of whom these values are known, to whom it has to be said only once."""
        parts = tuple((key, text.given(values), is_line) for key, text, is_line in self.parts)
        return Compiled(self.locale, tuple(key for key in self.keys if key not in values), parts)

    def columns(self, values: Columns) -> dict[str, ColumnElement[str]]:
        """The same in SQL, for all rows at once; not for mails, which are put together in two ways."""
        same = {key: literal(text) for key, text in self.render({}).items()}
        return {
            key: _tidy(text, values, is_line=is_line) if text.gaps else same[key] for key, text, is_line in self.parts
        }


def compile_version(contents: Contents, channel: str, locale: str) -> Compiled:
    """The words of a version for a channel, in the nearest language there is; keep what comes of it.

    Raises: NothingWritten.
    """
    written = contents.get(channel)
    if not written:
        raise NothingWritten(f"This version has no words for {channel}.")
    chosen = nearest(locale, written)
    if channel == "email":
        stencils = compile_letter(written[chosen], chosen)
    else:
        stencils = {key: cut(read(written[chosen][key])) for key in _in_order(channel, written[chosen])}
    keys = frozenset[str]().union(*(stencil.keys for stencil in stencils.values()))
    parts = tuple((key, stencil, _is_line(channel, key)) for key, stencil in stencils.items())
    return Compiled(chosen, tuple(sorted(keys)), parts)


def nearest(locale: str, written: Mapping[str, object]) -> str:
    """Of the languages there are, the one to use: de-AT, else de, else another German, else English, else the first.

    Raises: ValueError without any.
    """
    known = {one.lower(): one for one in sorted(written)}
    asked = locale.replace("_", "-").lower()
    while asked:
        if asked in known:
            return known[asked]
        asked = asked.rpartition("-")[0]
    language = locale.replace("_", "-").lower().partition("-")[0]
    kin = next((one for low, one in known.items() if low.partition("-")[0] == language), None)
    return kin or known.get(USUAL_LOCALE) or min(known.values())


def conventions(locale: str, language: str) -> str:
    """How dates and amounts are written for somebody, in a text in this language."""
    return wording.locale_of(locale, language, current_app.extensions["rapport"].country)


def columns(contents: Contents, channel: str, locale: Any, values: Columns) -> dict[str, ColumnElement[str]]:
    """The texts for a channel in SQL, each row's in the nearest language there is to its `locale`.

    Raises: NothingWritten.
    """
    written = contents.get(channel, {})
    usual = compile_version(contents, channel, "").columns(values)
    texts = {one: compile_version(contents, channel, one).columns(values) for one in sorted(written)}
    fits = [(fit, texts[one]) for one, fit in _fits(list(texts), func.lower(func.replace(locale, "_", "-")))]
    if len(texts) == 1:
        return usual
    keys = {key: None for text in texts.values() for key in text}
    return {
        key: case(*((fit, text.get(key, literal(""))) for fit, text in fits), else_=usual.get(key, literal("")))
        for key in keys
    }


def _fits(written: Sequence[str], asked: ColumnElement[str]) -> list[tuple[str, ColumnElement[bool]]]:
    """The order in which `nearest` takes the languages there are, each with whether it is the one."""
    longest_first = sorted(written, key=len, reverse=True)
    exact = [(one, func.starts_with(asked + "-", one.lower() + "-")) for one in longest_first]
    kin = [(one, func.split_part(asked, "-", 1) == one.lower().partition("-")[0]) for one in written]
    return exact + kin


def one_line(text: str) -> str:
    """A text that is a head, title or address: nothing in it starts a new line."""
    return (text if text.isprintable() else CONTROLS.sub(" ", text)).strip()


def _tidy(text: Stencil, values: Columns, *, is_line: bool) -> ColumnElement[str]:
    """A text without space around it, which is looked for only where it does not begin or end with a word."""
    said, tidied = text.column(values), one_line if is_line else str.strip
    if is_line:
        said = func.regexp_replace(said, CONTROLS.pattern, " ", "g")
    if not tidied(text.pieces[0][:1]):
        said = func.ltrim(said, SPACES)
    return said if tidied(text.pieces[-1][-1:]) else func.rtrim(said, SPACES)


def _in_order(channel: str, texts: Mapping[str, str]) -> list[str]:
    """The texts there are, as the channel has them."""
    known = [part.key for part in CHANNELS[channel].parts] if channel in CHANNELS else []
    return [key for key in dict.fromkeys((*known, *texts)) if key in texts]


def _is_line(channel: str, part: str) -> bool:
    if channel == "email":
        return part == "subject"
    known = {one.key: one for one in CHANNELS[channel].parts} if channel in CHANNELS else {}
    is_long = known[part].is_long if part in known else part in ("body", "text")
    return not is_long
