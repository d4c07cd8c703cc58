"""Reading single cells: text, dates, whole numbers, prices."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.core.texts import folded
from app.engine.placeholders.wording import YES_AND_NO

MOMENT = re.compile(
    r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})"
    r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?"
)
PARTS = {"year": ("year", "month", "day"), "month": ("month", "day", "year"), "day": ("day", "month", "year")}
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
FIRST_YEAR, LAST_YEAR = 1970, 2100
LARGEST = 10**9
YES = {*(folded(yes) for yes, _no in YES_AND_NO.values()), "y", "j", "true", "1", "x", "✓", "✔"}
NO = {*(folded(no) for _yes, no in YES_AND_NO.values()), "n", "false", "0"}
REMEMBERED = 20_000


class BadCell(Exception):
    """A cell that cannot be taken; the message is the row's reason, `field` the key of what it holds."""

    def __init__(self, reason: str, field: str = ""):
        super().__init__(reason)
        self.field = field


@dataclass(frozen=True)
class Reading:
    """How the file is read: what is needed to make sense of a cell."""

    date_order: str
    time_zone: str
    country: str
    currency: str


def plain(text: str) -> str:
    """The text without characters that hide or reorder others; most texts have none and pass at once."""
    if text.isprintable():
        return text
    cleaned = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf", "Cs") or sign in "\n\t")
    return cleaned.replace("\u00a0", " ").strip()


def at_most(text: str, longest: int, label: str) -> str:
    """The same text. Raises: BadCell when it is longer."""
    if len(text) > longest:
        raise BadCell(f"{label} has over {longest} characters.")
    return text


def yes_or_no(text: str) -> bool | None:
    """What somebody says, in any language that letters are written in; None where it is neither."""
    word = folded(text)
    return word in YES if word in YES or word in NO else None


def moment_reader(how: Reading) -> Callable[[str], str]:
    """A function that reads dates and times as ISO moments with their offset; remembers what it read.

    A time without an offset is local to the shop; a date with the year first is read as such whatever the order.
    """
    zone = ZoneInfo(how.time_zone)

    @lru_cache(maxsize=REMEMBERED)
    def read(text: str) -> str:
        found = MOMENT.fullmatch(text)
        if not found:
            raise BadCell(f"“{text[:30]}” is not a date.")
        order = "year" if len(found[1]) == 4 else how.date_order
        parts = dict(zip(PARTS[order], (int(found[1]), int(found[2]), int(found[3])), strict=True))
        parts["year"] += 0 if len(found[1]) == 4 or parts["year"] > 99 else 2000 if parts["year"] < 70 else 1900
        if not FIRST_YEAR <= parts["year"] <= LAST_YEAR:
            raise BadCell(f"The year of “{text[:30]}” is out of reach.")
        try:
            hour = _hour(int(found[4] or 0), found[7])
            offset = _offset(found[8]) or zone
            return datetime(
                **parts, hour=hour, minute=int(found[5] or 0), second=int(found[6] or 0), tzinfo=offset
            ).isoformat()
        except ValueError:
            raise BadCell(f"“{text[:30]}” is not a date with the {order} first.") from None

    return read


def _hour(hour: int, half: str | None) -> int:
    """The hour of 24, whether or not the half of the day is told."""
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half[0] in "pP" else 0)


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    digits = "0000" if text == "Z" else text[1:].replace(":", "")
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-away if text[0] == "-" else away)


@lru_cache(maxsize=REMEMBERED)
def whole(text: str, label: str) -> int:
    """A whole number. Raises: BadCell."""
    number = _plain_number(text).removesuffix(".0").removesuffix(".00")
    if not re.fullmatch(r"[+-]?[0-9]{1,9}", number):
        raise BadCell(f"{label} “{text[:30]}” is not a whole number.")
    return int(number)


@lru_cache(maxsize=REMEMBERED)
def decimal(text: str, label: str) -> Decimal:
    """A price or amount, with at most four decimals. Raises: BadCell."""
    plain_number = _plain_number(text.replace(" ", "").lstrip("£$€"))
    try:
        number = Decimal(plain_number)
    except InvalidOperation:
        raise BadCell(f"{label} “{text[:30]}” is not an amount.") from None
    if not number.is_finite() or abs(number) >= LARGEST or not text.isprintable() or "e" in plain_number.lower():
        raise BadCell(f"{label} “{text[:30]}” is not an amount.")
    if number != round(number, 4):
        raise BadCell(f"{label} “{text[:30]}” has more than four decimals.")
    return number


def _plain_number(text: str) -> str:
    """Digits with a decimal point, of 1,299.50 as of 1.299,50 and 12,50; “1,299” is over a thousand."""
    if "," not in text:
        return text
    if "." in text:
        return text.replace(".", "").replace(",", ".") if text.rindex(",") > text.rindex(".") else text.replace(",", "")
    return text.replace(",", "") if THOUSANDS.fullmatch(text) else text.replace(",", ".")
