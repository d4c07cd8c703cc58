"""The words of a version: what may stand in them, and how those of two versions are put together."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.db import is_storable
from app.core.errors import Invalid
from app.reach.channels.base import CHANNELS, Part
from app.reach.messages import languages
from app.reach.messages.placeholders import problems_in
from app.reach.messages.rendering import USUAL_LOCALE

MOST_LANGUAGES = 30
MOST_PROBLEMS = 5
BREAKS = re.compile(r"\s*\n\s*")

Sheets = dict[str, dict[str, dict[str, str]]]
"""channel -> locale -> part -> text"""
Place = tuple[str, str, str]
"""Channel, locale and part of one text."""


@dataclass(frozen=True)
class Collision:
    """Two people wrote different words in one place; "" where one took the text away."""

    place: Place
    yours: str
    theirs: str


def clean(written: Any) -> Sheets:
    """What somebody wrote as it is kept: known channels, languages and parts, without what is empty.

    Raises: Invalid, by place, such as `contents.email.de.subject`.
    """
    errors: dict[str, list[str]] = {}
    kept: Sheets = {}
    for channel, sheets in _table(written, "contents", errors):
        if channel not in CHANNELS:
            errors[f"contents.{channel}"] = ["There is no such channel."]
        elif found := _languages(channel, sheets, errors):
            kept[channel] = found
    if not kept and not errors:
        errors["contents"] = ["Write something for at least one channel."]
    if errors:
        raise Invalid("Some of the words cannot be kept like this.", errors=errors)
    return kept


def _languages(channel: str, sheets: Any, errors: dict[str, list[str]]) -> dict[str, dict[str, str]]:
    kept: dict[str, dict[str, str]] = {}
    path = f"contents.{channel}"
    for locale, texts in _table(sheets, path, errors):
        code = languages.standard(locale)
        if code is None:
            errors[f"{path}.{locale}"] = ["Give a language such as en or de-AT."]
        elif parts := _parts(channel, f"{path}.{locale}", texts, errors):
            kept[code] = parts
    if len(kept) > MOST_LANGUAGES:
        errors[path] = [f"Write it in at most {MOST_LANGUAGES} languages."]
    return kept


def _table(value: Any, path: str, errors: dict[str, list[str]]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        yield from ((str(key), inner) for key, inner in value.items())
    else:
        errors[path] = ["Give channels with languages with texts."]


def _parts(channel: str, path: str, texts: Any, errors: dict[str, list[str]]) -> dict[str, str]:
    known = {part.key: part for part in CHANNELS[channel].parts}
    kept: dict[str, str] = {}
    for key, text in _table(texts, path, errors):
        if key not in known or not isinstance(text, str):
            errors[f"{path}.{key}"] = [f"{CHANNELS[channel].label} has texts named {', '.join(known)}."]
        elif plain := tidy(text, known[key]):
            kept[key] = plain
    if not kept:
        return kept
    for key, part in known.items():
        if wrong := _problems(kept.get(key, ""), part):
            errors.setdefault(f"{path}.{key}", []).extend(wrong)
    return kept


def tidy(text: str, part: Part) -> str:
    """A text without spaces around it, in one line where it has to be."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return plain if part.is_long else BREAKS.sub(" ", plain)


def _problems(text: str, part: Part) -> list[str]:
    if not text:
        return [f"{part.label} is missing."] if part.is_needed else []
    if len(text) > part.longest:
        return [f"Use at most {part.longest:,} characters; these are {len(text):,}."]
    if part.choices and text not in dict(part.choices):
        return [f"Choose one of these: {', '.join(key for key, _words in part.choices if key)}."]
    if not is_storable(text):
        return ["There are characters in it that cannot be kept."]
    return [str(problem) for problem in problems_in(text)[:MOST_PROBLEMS]]


def places(contents: Mapping[str, Mapping[str, Mapping[str, str]]]) -> dict[Place, str]:
    """Every text by where it stands."""
    return {
        (channel, locale, part): text
        for channel, sheets in contents.items()
        for locale, parts in sheets.items()
        for part, text in parts.items()
    }


def in_order(found: Iterable[Place]) -> list[Place]:
    """Places as people read them: channels that say most first, English first, the parts as the channel has them."""
    channels = {key: number for number, key in enumerate(sorted(CHANNELS, key=lambda key: -len(CHANNELS[key].parts)))}
    parts = {(key, part.key): number for key, one in CHANNELS.items() for number, part in enumerate(one.parts)}

    def place(one: Place) -> tuple[Any, ...]:
        channel, locale, part = one
        last = len(parts)
        return (
            channels.get(channel, last),
            channel,
            locale != USUAL_LOCALE,
            locale,
            parts.get((channel, part), last),
            part,
        )

    return sorted(found, key=place)


def sheets_of(texts: Mapping[Place, str]) -> Sheets:
    """The opposite of `places`, without what is empty."""
    kept: Sheets = {}
    for channel, locale, part in in_order(texts):
        if text := texts[channel, locale, part]:
            kept.setdefault(channel, {}).setdefault(locale, {})[part] = text
    return kept


def merge(before: Sheets, yours: Sheets, theirs: Sheets) -> tuple[Sheets, list[Collision]]:
    """What two people made of the same words: each text that one of them changed as that one left it.

    Where both changed a text, and not to the same, it is yours, and named.
    """
    was, mine, other = places(before), places(yours), places(theirs)
    merged: dict[Place, str] = {}
    collisions = []
    for place in in_order(was.keys() | mine.keys() | other.keys()):
        old, my, their = (texts.get(place, "") for texts in (was, mine, other))
        merged[place] = their if my == old else my
        if my not in (old, their) and their != old:
            collisions.append(Collision(place, my, their))
    return sheets_of(merged), collisions
