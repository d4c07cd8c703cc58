"""The types of custom fields: what is a value of each, how it is typed, said, asked for and drawn.

A plain value is JSON. `check` is the one place where a value is judged, whichever way it came; `read`
makes a plain value of what somebody typed, in a form or a file.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import BigInteger, Boolean, ColumnElement, Date, Numeric, case, cast, func

from app.core import money
from app.core.db import is_storable
from app.core.errors import Invalid
from app.core.texts import plain_text
from app.engine.views.columns import Drawing

LONGEST_TEXT = 500
LONGEST_LONG = 10_000
LONGEST_LINK = 2_000
LARGEST_NUMBER = 10**11
MOST_DECIMALS = 4
FIRST_YEAR, LAST_YEAR = 1900, 2200
DAY = r"^\d{4}-\d\d-\d\d$"
YES, NO = ("yes", "y", "true", "1", "x"), ("no", "n", "false", "0")


@dataclass(frozen=True)
class Option:
    """What can be chosen. One that is gone stays with the records that have it, and is offered to no other."""

    key: str
    label: str
    is_gone: bool = False


class HasOptions(Protocol):
    """What a type needs to know of a field: its options."""

    @property
    def options(self) -> Sequence[Option]:
        """All there are or were."""


@dataclass(frozen=True, eq=False)
class FieldType:
    """A type of custom field.

    `asks` is the kind of its filter field and `column` its values in SQL; `draws` is how a list shows it.
    """

    key: str
    label: str
    hint: str
    asks: str
    draws: Drawing
    check: Callable[[Any, HasOptions], Any]
    read: Callable[[str, HasOptions], Any]
    words: Callable[[Any, HasOptions], str]
    typed: Callable[[Any, HasOptions], str] = lambda value, _of: str(value)
    column: Callable[[Any], ColumnElement[Any]] = lambda value: value.as_string()
    can_be_unique: bool = False
    can_be_sensitive: bool = False
    can_be_searched: bool = False
    has_options: bool = False


def _currency() -> str:
    return str(current_app.extensions["rapport"].currency)


def _text(longest: int, *, one_line: bool) -> Callable[[Any, HasOptions], str]:
    def check(value: Any, _of: HasOptions) -> str:
        if not isinstance(value, str) or not is_storable(value):
            raise Invalid("Enter some text.")
        cleaned = plain_text(value.replace("\r\n", "\n"), longest)
        return " ".join(cleaned.split()) if one_line else cleaned

    return check


def _check_number(value: Any, _of: HasOptions) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Invalid("Enter a number such as 12 or 1.75.")
    try:
        exact = Decimal(str(value))
        whole = exact.to_integral_value()
        is_fine = exact == round(exact, MOST_DECIMALS)
    except InvalidOperation:
        raise Invalid("That number is too large.") from None
    if exact.is_nan():
        raise Invalid("Enter a number such as 12 or 1.75.")
    if abs(exact) >= LARGEST_NUMBER:
        raise Invalid("That number is too large.")
    if not is_fine:
        raise Invalid(f"Use at most {MOST_DECIMALS} decimals.")
    return int(whole) if exact == whole else float(exact)


def _read_number(typed: str, of: HasOptions) -> int | float:
    text = "".join(typed.split())
    if "," in text and "." not in text and len(text.rpartition(",")[2]) in (1, 2):
        text = text.replace(",", ".")
    text = text.replace(",", "")
    if len(text) > 40 or not text.isascii() or "e" in text.lower() or "_" in text:
        raise Invalid("Enter a number such as 12 or 1.75.")
    try:
        exact = Decimal(text)
    except InvalidOperation:
        raise Invalid("Enter a number such as 12 or 1.75.") from None
    if not exact.is_finite():
        raise Invalid("Enter a number such as 12 or 1.75.")
    if abs(exact) >= LARGEST_NUMBER:
        raise Invalid("That number is too large.")
    if exact != round(exact, MOST_DECIMALS):
        raise Invalid(f"Use at most {MOST_DECIMALS} decimals.")
    return _check_number(float(exact), of)


def _say_number(value: float, _of: HasOptions) -> str:
    return f"{value:,.{MOST_DECIMALS}f}".rstrip("0").rstrip(".")


def _type_number(value: float, _of: HasOptions) -> str:
    return f"{value:.{MOST_DECIMALS}f}".rstrip("0").rstrip(".")


def _check_money(value: Any, _of: HasOptions) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid("Enter an amount such as 12.50.")
    if abs(value) > money.LARGEST_MINOR:
        raise Invalid("That amount is too large.")
    return value


def _check_date(value: Any, _of: HasOptions) -> str:
    try:
        if not isinstance(value, str) or not re.fullmatch(DAY, value, re.ASCII):
            raise ValueError
        day = date.fromisoformat(value)
    except ValueError:
        raise Invalid("Enter a date such as 2026-01-31.") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid(f"Enter a date between the years {FIRST_YEAR} and {LAST_YEAR}.")
    return day.isoformat()


def _say_date(value: str, _of: HasOptions) -> str:
    day = date.fromisoformat(value)
    return f"{day.day} {day:%b %Y}"


def _check_choice(value: Any, of: HasOptions) -> str:
    if not isinstance(value, str) or all(option.key != value for option in of.options):
        raise Invalid(f"Choose one of {_some(of)}.")
    return value


def _read_choice(typed: str, of: HasOptions) -> str:
    """By key, or by label whatever its case."""
    said = " ".join(typed.split())
    by_key = next((option.key for option in of.options if option.key == said), None)
    by_label = (one.key for one in of.options if one.label.casefold() == said.casefold() and not one.is_gone)
    return by_key or next(by_label, None) or _check_choice(None, of)


def say_choice(value: str, of: HasOptions) -> str:
    """An option in words."""
    option = next((option for option in of.options if option.key == value), None)
    if option is None:
        return "gone"
    return f"{option.label} (gone)" if option.is_gone else option.label


def _check_several(value: Any, of: HasOptions) -> list[str]:
    """In the order of the options, each once."""
    if not isinstance(value, list) or not value:
        raise Invalid(f"Choose some of {_some(of)}.")
    chosen = {_check_choice(one, of) for one in value}
    return [option.key for option in of.options if option.key in chosen]


def _read_several(typed: str, of: HasOptions) -> list[str]:
    divider = ";" if ";" in typed else "\n" if "\n" in typed else ","
    return _check_several([_read_choice(one, of) for one in typed.split(divider) if one.strip()], of)


def _some(of: HasOptions) -> str:
    labels = [option.label for option in of.options if not option.is_gone]
    return ", ".join(labels[:6]) + (" …" if len(labels) > 6 else "") if labels else "the options"


def _check_yes(value: Any, _of: HasOptions) -> bool:
    if not isinstance(value, bool):
        raise Invalid("Choose yes or no.")
    return value


def _read_yes(typed: str, _of: HasOptions) -> bool:
    said = typed.strip().lower()
    if said not in YES + NO:
        raise Invalid("Choose yes or no.")
    return said in YES


def _say_yes(value: bool, _of: HasOptions) -> str:
    return "Yes" if value else "No"


def _check_link(value: Any, _of: HasOptions) -> str:
    if not isinstance(value, str) or not is_storable(value):
        raise Invalid("Enter an address such as https://example.com.")
    address = plain_text(value, LONGEST_LINK)
    try:
        parts = urlsplit(address)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        is_good = False
    if not is_good or any(letter.isspace() or letter in '<>"\\`' for letter in address):
        raise Invalid("Enter an address such as https://example.com.")
    return address


def _read_link(typed: str, of: HasOptions) -> str:
    said = typed.strip()
    return _check_link(said if ":" in said.split("/")[0] else f"https://{said}", of)


def _is(value: Any, json_type: str) -> ColumnElement[bool]:
    return func.jsonb_typeof(value) == json_type


def _where(is_one: ColumnElement[bool], value: Any, wanted: Any) -> ColumnElement[Any]:
    """The value as SQL compares it; what is no such value is as good as none and breaks no list."""
    return case((is_one, cast(value.as_string(), wanted)))


def _as_written(check: Callable[[Any, HasOptions], Any]) -> Callable[[str, HasOptions], Any]:
    """What is typed is the value itself."""
    return lambda typed, of: check(typed.strip(), of)


_check_text, _check_long = _text(LONGEST_TEXT, one_line=True), _text(LONGEST_LONG, one_line=False)

TYPES: dict[str, FieldType] = {
    one.key: one
    for one in (
        FieldType(
            "text",
            "Text",
            "A few words on one line.",
            "text",
            "text",
            _check_text,
            _as_written(_check_text),
            lambda value, _of: str(value),
            can_be_unique=True,
            can_be_sensitive=True,
            can_be_searched=True,
        ),
        FieldType(
            "long",
            "Long text",
            "Several lines.",
            "text",
            "words",
            _check_long,
            _as_written(_check_long),
            lambda value, _of: str(value),
            can_be_sensitive=True,
            can_be_searched=True,
        ),
        FieldType(
            "number",
            "Number",
            "Up to four decimals.",
            "decimal",
            "figure",
            _check_number,
            _read_number,
            _say_number,
            _type_number,
            column=lambda value: _where(_is(value, "number"), value, Numeric()),
            can_be_unique=True,
            can_be_sensitive=True,
        ),
        FieldType(
            "money",
            "Money",
            "An amount in the shop’s currency.",
            "money",
            "money",
            _check_money,
            lambda typed, _of: money.parse(typed, _currency()),
            lambda value, _of: money.format_money(value, _currency()),
            lambda value, _of: f"{money.to_decimal(value, _currency()):f}",
            column=lambda value: _where(_is(value, "number"), value, BigInteger()),
            can_be_sensitive=True,
        ),
        FieldType(
            "date",
            "Date",
            "A day, such as a birthday.",
            "day",
            "day",
            _check_date,
            _as_written(_check_date),
            _say_date,
            column=lambda value: _where(value.as_string().regexp_match(DAY), value, Date()),
            can_be_sensitive=True,
        ),
        FieldType(
            "choice",
            "Choice",
            "One of a list.",
            "choice",
            "text",
            _check_choice,
            _read_choice,
            say_choice,
            has_options=True,
        ),
        FieldType(
            "several",
            "Several choices",
            "Any number of a list.",
            "set",
            "text",
            _check_several,
            _read_several,
            lambda value, of: ", ".join(say_choice(one, of) for one in value),
            lambda value, _of: "\n".join(value),
            column=lambda value: value,
            has_options=True,
        ),
        FieldType(
            "yes",
            "Yes or no",
            "Or nothing, while nobody knows.",
            "yes",
            "text",
            _check_yes,
            _read_yes,
            _say_yes,
            lambda value, _of: "yes" if value else "no",
            column=lambda value: _where(_is(value, "boolean"), value, Boolean()),
        ),
        FieldType(
            "link",
            "Link",
            "An address on the web.",
            "text",
            "link",
            _check_link,
            _read_link,
            lambda value, _of: str(value),
            can_be_unique=True,
            can_be_searched=True,
        ),
    )
}


def as_text(value: Any) -> str:
    """A plain value as one text, always the same for the same value: what is sealed, and made an index of."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
