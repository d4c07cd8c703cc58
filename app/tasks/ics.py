"""A calendar as other programs read it: iCalendar (RFC 5545)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LONGEST_LINE_BYTES = 75
USUAL_LENGTH = "PT30M"


@dataclass(frozen=True)
class Appointment:
    """One entry. `begins` is a moment, or a day for what has no time; `changed` counts its changes."""

    uid: str
    begins: datetime | date
    title: str
    details: str
    url: str
    made_at: datetime
    changed: int = 0
    remind_minutes: int | None = None


def write(name: str, appointments: Iterable[Appointment]) -> str:
    """The whole file. Moments are in UTC, so it needs no description of time zones."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Rapport//Tasks//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH"]
    lines += [f"X-WR-CALNAME:{escape(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT15M", "X-PUBLISHED-TTL:PT15M"]
    for appointment in appointments:
        lines += _event(appointment)
    return "".join(piece for line in [*lines, "END:VCALENDAR"] for piece in fold(line))


def escape(text: str) -> str:
    """A text as a value."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def fold(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 bytes, none of which divides a character."""
    start = ""
    piece = bytearray()
    for character in line:
        written = character.encode()
        if len(start) + len(piece) + len(written) > LONGEST_LINE_BYTES:
            yield f"{start}{piece.decode()}\r\n"
            start, piece = " ", bytearray()
        piece += written
    yield f"{start}{piece.decode()}\r\n"


def _event(one: Appointment) -> Sequence[str]:
    lines = [
        "BEGIN:VEVENT",
        f"UID:{one.uid}",
        f"DTSTAMP:{_moment(one.made_at)}",
        f"SEQUENCE:{one.changed}",
        *_times(one.begins),
        f"SUMMARY:{escape(one.title)}",
        f"URL:{one.url}",
    ]
    if one.details:
        lines.append(f"DESCRIPTION:{escape(one.details)}")
    if one.remind_minutes is not None and isinstance(one.begins, datetime):
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{escape(one.title)}"]
        lines += [f"TRIGGER:-PT{one.remind_minutes}M", "END:VALARM"]
    return [*lines, "END:VEVENT"]


def _times(begins: datetime | date) -> list[str]:
    if isinstance(begins, datetime):
        return [f"DTSTART:{_moment(begins)}", f"DURATION:{USUAL_LENGTH}"]
    return [
        f"DTSTART;VALUE=DATE:{begins:%Y%m%d}",
        f"DTEND;VALUE=DATE:{begins + timedelta(days=1):%Y%m%d}",
        "TRANSP:TRANSPARENT",
    ]


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
