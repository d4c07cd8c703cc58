"""What the shop's own fields of customers say in messages: each value as people write it in their language."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from flask import current_app

from app.core.money import format_money
from app.engine.custom_fields import definitions
from app.engine.custom_fields.definitions import Definition
from app.engine.custom_fields.values import is_sound
from app.engine.placeholders import wording

CUSTOM = "customer.custom."
ASKED = "?"
"""Behind the word, what a condition compares: the value itself, the same in every language."""


def _label(key: str, of: Definition) -> str:
    """What an option is called, also one that is not offered any more."""
    return next(option.label for option in of.options if option.key == key)


SAID: Mapping[str, Callable[[Any, Definition, str], str]] = {
    "number": lambda value, _of, locale: wording.number(value, locale),
    "money": lambda value, _of, locale: format_money(value, current_app.extensions["rapport"].currency, locale),
    "date": lambda value, _of, locale: wording.day(date.fromisoformat(value), locale),
    "choice": lambda value, of, _locale: _label(value, of),
    "several": lambda value, of, locale: wording.several([_label(one, of) for one in value], locale),
    "yes": lambda value, _of, locale: wording.yes_or_no(value, locale),
}
EXAMPLES: Mapping[str, Any] = {
    "number": 12, "money": 4_900, "date": "2026-05-03", "yes": True, "link": "https://shop.example"
}  # fmt: skip
COMPARED: Mapping[str, Callable[[Any, Definition], str]] = {
    "choice": _label,
    "several": lambda value, of: ", ".join(_label(one, of) for one in value),
}


def offered() -> list[Definition]:
    """The fields that may stand in messages: not those that are kept sealed."""
    return [one for one in definitions.of("customer") if not one.is_sensitive]


def words_of(custom: Mapping[str, Any], keys: Collection[str], locale: str) -> dict[str, str]:
    """What is known of a customer, by placeholder; what is not there, or cannot be read any more, is missing."""
    said: dict[str, str] = {}
    for one in offered():
        key, value = CUSTOM + one.key, custom.get(one.key)
        if value is None or not (key in keys or key + ASKED in keys) or not is_sound(one, value):
            continue
        said[key] = _say(one, value, locale)
        said[key + ASKED] = COMPARED.get(one.type_key, one.type.typed)(value, one)
    return said


def is_yes_or_no(key: str) -> bool:
    """Whether a placeholder is a field of that type."""
    return any(CUSTOM + one.key == key and one.type_key == "yes" for one in offered())


def example_of(field: Definition) -> str:
    """What a field may say."""
    options = [option.key for option in field.offered]
    value = {"choice": options[0], "several": options[:2]}.get(field.type_key) if options else None
    value = value or EXAMPLES.get(field.type_key)
    return _say(field, value, wording.USUAL) if value else field.label


def _say(field: Definition, value: Any, locale: str) -> str:
    return SAID[field.type_key](value, field, locale) if field.type_key in SAID else str(value)
