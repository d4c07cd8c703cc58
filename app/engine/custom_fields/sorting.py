"""Lists sorted by custom fields: what has no value comes last.

The expressions are written out, key and all: the indexes of long lists (`indexes`) have the same words.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, Integer, Numeric, Text, inspect, literal_column
from sqlalchemy.types import TypeEngine

from app.core.paging import Order
from app.engine.custom_fields import definitions
from app.engine.custom_fields.definitions import Definition
from app.engine.custom_fields.types import DAY

LONGEST = 100
SORTED: dict[str, type[TypeEngine[Any]]] = {
    "text": Text,
    "number": Numeric,
    "money": Numeric,
    "date": Text,
    "choice": Integer,
    "yes": Boolean,
}

WORDS = {"choice": ("first option first", "last option first"), "yes": ("no first", "yes first")}


def can_sort(of: Definition) -> bool:
    """Its values have an order that may be told."""
    return of.type_key in SORTED and not of.is_sensitive


def orders_of(kind: str, who: Any, key: str) -> dict[str, Order]:
    """The ways to sort records of a kind, or what stands for them in a query; `key` is the attribute of their id."""
    custom = f"{inspect(who).selectable.name}.custom"
    return {
        of.name: Order(
            (literal_column(sql(of, custom), SORTED[of.type_key]()), getattr(who, key)),
            of.label,
            has_gaps=True,
            at=_at(of, key),
        )
        for of in definitions.of(kind)
        if can_sort(of)
    }


def sql(of: Definition, custom: str) -> str:
    """A value as the database sorts it, of the column `custom`: words by their beginning, options in their order.

    What is no value of the field's type is as good as none.
    """
    value, text = f"{custom} -> '{of.key}'", f"({custom} ->> '{of.key}')"
    if of.type_key == "text":
        return f"CASE WHEN jsonb_typeof({value}) = 'string' THEN left({text}, {LONGEST}) END"
    if of.type_key == "choice":
        options = ", ".join(f"'{one.key}'" for one in of.options)
        return f"array_position(ARRAY[{options}]::text[], {text})"
    if of.type_key == "date":
        return f"CASE WHEN {text} ~ '{DAY}' THEN {text} END"
    json_type, wanted = ("boolean", "boolean") if of.type_key == "yes" else ("number", "numeric")
    return f"CASE WHEN jsonb_typeof({value}) = '{json_type}' THEN {text}::{wanted} END"


def _at(of: Definition, key: str) -> Callable[[Any], tuple[Any, Any]]:
    """Where a record stands in the order."""
    return lambda record: (plain(of, record.custom.get(of.key)), getattr(record, key))


def plain(of: Definition, value: Any) -> Any:
    """The same as `sql` of a stored value, None for none."""
    if of.type_key == "text":
        return value[:LONGEST] if isinstance(value, str) else None
    if of.type_key == "choice":
        return next((number for number, one in enumerate(of.options, 1) if one.key == value), None)
    if of.type_key == "date":
        return value if isinstance(value, str) and re.fullmatch(DAY, value, re.ASCII) else None
    if of.type_key == "yes":
        return value if isinstance(value, bool) else None
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None
