"""What the shop's own fields of customers say in messages: each value as people write it in their language."""

from collections.abc import Callable, Collection, Mapping, Sequence
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


def asked_for(keys: Collection[str]) -> list[tuple[str, Definition]]:
    """Which of some placeholders are such fields, each with its own; once for all people."""
    known = {CUSTOM + one.key: one for one in offered()}
    return [(key, known[key.removesuffix(ASKED)]) for key in keys if key.removesuffix(ASKED) in known]


def words_of(custom: Mapping[str, Any], asked: Sequence[tuple[str, Definition]], locale: str) -> dict[str, str]:
    """What is known of a customer, by placeholder; what is not there, or cannot be read any more, is missing."""
    return {
        key: _compare(one, custom[one.key]) if key.endswith(ASKED) else _say(one, custom[one.key], locale)
        for key, one in asked
        if custom.get(one.key) is not None and is_sound(one, custom[one.key])
    }


def is_yes_or_no(key: str) -> bool:
    """Whether a placeholder is a field of that type."""
    return any(CUSTOM + one.key == key and one.type_key == "yes" for one in offered())


def example_of(field: Definition) -> str:
    """What a field may say."""
    options = [option.key for option in field.offered]
    value = {"choice": options[0], "several": options[:2]}.get(field.type_key) if options else None
    value = value or EXAMPLES.get(field.type_key)
    return _say(field, value, wording.USUAL) if value else field.label


def _compare(field: Definition, value: Any) -> str:
    return COMPARED.get(field.type_key, field.type.typed)(value, field)


def _say(field: Definition, value: Any, locale: str) -> str:
    return SAID[field.type_key](value, field, locale) if field.type_key in SAID else str(value)
