"""Reading single cells: dates, whole numbers, prices."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.engine.imports.kinds import BadCell, Reading

MOMENT = re.compile(
    r"(\d{1,4})[/.\-](\d{1,2})[/.\-](\d{1,4})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*(?:Z|[+-]\d{2}:?\d{2})?"
)
FIRST_YEAR, LAST_YEAR = 1970, 2100
LARGEST = 10**9


def moment_reader(how: Reading) -> Callable[[str], str]:
    """A function that reads local dates and times as ISO moments with their offset; remembers what it read."""
    zone = ZoneInfo(how.time_zone)

    @lru_cache(maxsize=50_000)
    def read(text: str) -> str:
        found = MOMENT.fullmatch(text)
        if not found:
            raise BadCell(f"“{text[:30]}” is not a date.")
        first, second, third = int(found[1]), int(found[2]), int(found[3])
        year, month, day = {
            "year": (first, second, third),
            "month": (third, first, second),
            "day": (third, second, first),
        }[how.date_order]
        year += 2000 if year < 70 else 1900 if year < 100 else 0
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise BadCell(f"The year of “{text[:30]}” is out of reach.")
        try:
            local = datetime(year, month, day, int(found[4] or 0), int(found[5] or 0), int(found[6] or 0), tzinfo=zone)
        except ValueError:
            raise BadCell(f"“{text[:30]}” is not a date with the {how.date_order} first.") from None
        return local.isoformat()

    return read


def whole(text: str, label: str) -> int:
    """A whole number. Raises: BadCell."""
    plain = text.replace(",", "").removesuffix(".0")
    if not re.fullmatch(r"-?[0-9]{1,9}", plain):
        raise BadCell(f"{label} “{text[:30]}” is not a whole number.")
    return int(plain)


def decimal(text: str, label: str) -> Decimal:
    """A price or amount, with at most four decimals. Raises: BadCell."""
    plain = text.strip().lstrip("£$€").replace(",", "")
    try:
        number = Decimal(plain)
    except InvalidOperation:
        raise BadCell(f"{label} “{text[:30]}” is not an amount.") from None
    if not number.is_finite() or abs(number) >= LARGEST or not plain.isascii() or "e" in plain.lower():
        raise BadCell(f"{label} “{text[:30]}” is not an amount.")
    if number != round(number, 4):
        raise BadCell(f"{label} “{text[:30]}” has more than four decimals.")
    return number
