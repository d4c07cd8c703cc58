"""Messages for one person after another: compiled once per version, channel and language, then filled in."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.core.errors import NotFound
from app.engine.placeholders.language import parse
from app.engine.placeholders.stencils import Stencil, cut
from app.reach.channels.base import CHANNELS
from app.reach.messages.letters import compile_letter

Contents = Mapping[str, Mapping[str, Mapping[str, str]]]
Finish = Callable[[str], str]

USUAL_LOCALE = "en"
CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


class NothingWritten(NotFound):
    """A version has no words for a channel."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A version's words for one channel in one language. `keys`: the placeholders that have to be loaded.

    `unsubscribe_url` is among the keys of every mail: who is given none gets no such line.
    """

    locale: str
    keys: tuple[str, ...]
    parts: tuple[tuple[str, Stencil, Finish], ...]

    def render(self, values: Mapping[str, str]) -> dict[str, str]:
        """The texts that go to the channel, for one person; what is missing is empty."""
        return {key: finish(stencil.fill(values)) for key, stencil, finish in self.parts}


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
        stencils = {key: cut(parse(text).nodes) for key, text in written[chosen].items()}
    keys = frozenset[str]().union(*(stencil.keys for stencil in stencils.values()))
    parts = tuple((key, stencil, _finish(channel, key)) for key, stencil in stencils.items())
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


def one_line(text: str) -> str:
    """A text that is a head, title or address: nothing in it starts a new line."""
    return CONTROLS.sub(" ", text).strip()


def _finish(channel: str, part: str) -> Finish:
    if channel == "email":
        return one_line if part == "subject" else str.strip
    known = {one.key: one for one in CHANNELS[channel].parts} if channel in CHANNELS else {}
    is_long = known[part].is_long if part in known else part in ("body", "text")
    return str.strip if is_long else one_line
