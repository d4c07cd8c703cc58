"""Colleagues named in a note. Who they are is known above, by whoever fills `directory`."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from markupsafe import Markup, escape

from app.core.access import Actor
from app.engine.records.kinds import Record, find_records

MOST = 20
MENTION = re.compile(r"(?<![\w.@-])@(\w[\w-]*(?:\.\w[\w-]*)*)")
LINK = re.compile(r"https?://[^\s<>\"'“”]+[^\s<>\"'“”.,;:!?)\]}]")
PART = re.compile(f"{LINK.pattern}|{MENTION.pattern}")


@dataclass(frozen=True)
class Colleague:
    """Somebody who works here; a note names them by `handle`, as it was written there. Two of one name share it."""

    id: UUID
    name: str
    handle: str


@dataclass
class Directory:
    """Who works here: by a part of the name, by handles whatever their case and accents, and with their rights."""

    search: Callable[[str, int], Sequence[Colleague]]
    named: Callable[[Collection[str]], Sequence[Colleague]]
    actor_for: Callable[[UUID], Actor | None]


_directories: list[Directory] = []


def know(directory: Directory) -> None:
    """Say who the colleagues are (called when the application is built)."""
    _directories[:] = [directory]


def directory() -> Directory:
    """Who works here."""
    return _directories[0]


def handles_in(text: str) -> list[str]:
    """The handles a text may mean, each once, as compared."""
    links_gone = LINK.sub(" ", text)
    return list(dict.fromkeys(found.casefold() for found in MENTION.findall(links_gone)))[:MOST]


def named_in(text: str) -> Sequence[Colleague]:
    """The colleagues a text mentions."""
    handles = handles_in(text)
    return directory().named(handles) if handles else ()


def may_see(colleague: Colleague, record: Record) -> bool:
    """True when somebody mentioned may see the record that it is about."""
    them = directory().actor_for(colleague.id)
    return them is not None and bool(find_records(them, [(record.kind, record.id)]))


def marked_up(text: str, handles: Collection[str] = ()) -> Markup:
    """A note as a page shows it: links lead out, mentions stand out, all else is plain text."""
    parts, at = [], 0
    for found in PART.finditer(text):
        parts.append(escape(text[at : found.start()]))
        parts.append(_drawn(found[0], found[1], handles))
        at = found.end()
    return Markup("").join([*parts, escape(text[at:])])


def _drawn(words: str, handle: str | None, handles: Collection[str]) -> Markup:
    if handle is None:
        return Markup('<a href="{0}" rel="noopener noreferrer nofollow" target="_blank">{0}</a>').format(words)
    return Markup('<b class="mention">{}</b>').format(words) if handle.casefold() in handles else escape(words)
