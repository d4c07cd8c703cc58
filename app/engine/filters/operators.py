"""What can be asked of a value, by its type: each operator once for SQL and once for memory.

An operator is never asked about a value that is not there: then nothing holds but "is empty". A
negated operator is the exact opposite of another one, so "is not" holds where nothing is known.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, Text, and_, func, literal
from sqlalchemy.dialects.postgresql import array

from app.core.db import is_storable
from app.engine.filters import spans
from app.engine.filters.spans import Moment, Span

Takes = Literal["nothing", "one", "two", "many", "length", "unit"]

LONGEST_TEXT = 500
MOST_VALUES = 1_000
LARGEST_NUMBER = 10**15


@dataclass(frozen=True, eq=False)
class Operator:
    """One question. `sql(column, value)` and `holds(seen, value)` answer alike for every value that is there.

    `label` stands between the field's name and the value. `negates`: the operator this one is the opposite of.
    `resolve` makes of a value what both compare with, where that depends on when it is asked.
    """

    key: str
    label: str
    takes: Takes = "one"
    sql: Callable[[Any, Any], ColumnElement[bool]] | None = None
    holds: Callable[[Any, Any], bool] | None = None
    negates: str = ""
    resolve: Callable[[Moment, Any], Any] | None = None


@dataclass(frozen=True, eq=False)
class Held:
    """What stands for a column where a row has many values: the row's id, and which ids have one of some values."""

    id: Any
    holders: Callable[[Sequence[Any] | None], Any]


@dataclass(frozen=True, eq=False)
class Kind:
    """A type of field: how a value is read from JSON, and what can be asked of it.

    `read` raises ValueError or TypeError, with the sentence for whoever wrote the filter.
    """

    key: str
    read: Callable[[Any], Any]
    operators: Mapping[str, Operator] = field(default_factory=dict)
    is_number: bool = False


def lower(text: str) -> str:
    """Small letters, each of them from one letter, as PostgreSQL makes them."""
    return "".join(small if len(small := letter.lower()) == 1 else letter.lower()[0] for letter in text)


def _read_text(value: Any) -> str:
    if not isinstance(value, str) or not value or not is_storable(value):
        raise ValueError("Enter some text.")
    if len(value) > LONGEST_TEXT:
        raise ValueError(f"Enter at most {LONGEST_TEXT} characters.")
    return value


def _read_number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("Enter a whole number.")
    if abs(value) > LARGEST_NUMBER:
        raise ValueError("That number is too large.")
    return value


def _read_decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("Enter a number such as 12 or 1.75.")
    if not abs(value) <= LARGEST_NUMBER:
        raise ValueError("That number is too large.")
    return Decimal(str(value))


def _read_choice(value: Any) -> str:
    if not isinstance(value, str) or not is_storable(value) or len(value) > LONGEST_TEXT:
        raise ValueError("Choose one of the list.")
    return value


def _read_identity(value: Any) -> UUID:
    try:
        return UUID(value)
    except (ValueError, TypeError, AttributeError):
        raise ValueError("Choose one of the list.") from None


def _read_day(value: Any) -> date:
    try:
        day = date.fromisoformat(value)
    except (ValueError, TypeError):
        raise ValueError("Enter a date such as 2026-01-31.") from None
    if not 1900 <= day.year <= 2200:
        raise ValueError("Enter a date between the years 1900 and 2200.")
    return day


def _read_yes(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("Choose yes or no.")
    return value


def read_length(value: Any) -> str:
    """A length of time such as "90d". Raises: ValueError."""
    if not isinstance(value, str) or spans.LENGTH.fullmatch(value) is None:
        raise ValueError("Enter a length of time such as 90d, 12w, 6m or 1y.")
    return value


def read_unit(value: Any) -> str:
    """A present span such as "month". Raises: ValueError."""
    if value not in spans.PRESENT:
        raise ValueError(f"Choose one of {', '.join(spans.PRESENT)}.")
    return str(value)


def _within(column: Any, span: Span[Any]) -> ColumnElement[bool]:
    parts = [] if span.start is None else [column >= span.start]
    if span.end is not None:
        parts.append(column < span.end)
    return and_(*parts)


def _moment(key: str, label: str, takes: Takes, resolve: Callable[[Moment, Any], Span[Any]]) -> Operator:
    """An operator on moments or days; its value is resolved to a span before either back end sees it."""
    return Operator(key, label, takes, _within, lambda seen, span: span.holds(seen), resolve=resolve)


def resolve(operator: Operator, value: Any, moment: Moment) -> Any:
    """The value both back ends compare with: of a question about time the span it means now."""
    return operator.resolve(moment, value) if operator.resolve else value


def _by_key(*operators: Operator) -> dict[str, Operator]:
    return {operator.key: operator for operator in operators}


EMPTY = Operator("empty", "is empty", "nothing")
FILLED = Operator("filled", "is filled in", "nothing", negates="empty")

IS = Operator("is", "is", "one", lambda column, value: column == value, lambda seen, value: seen == value)
IN = Operator("in", "is one of", "many", lambda column, values: column.in_(values), lambda seen, values: seen in values)
NOT_IN = Operator("not_in", "is none of", "many", negates="in")


def _text(key: str, label: str, in_sql: Callable[[Any, str], Any], in_memory: Callable[[str, str], bool]) -> Operator:
    """An operator on texts, whatever their case."""
    return Operator(
        key,
        label,
        "one",
        lambda column, value: in_sql(func.lower(column), lower(value)),
        lambda seen, value: in_memory(lower(seen), lower(value)),
    )


TEXT = _by_key(
    _text("is", "is", lambda column, value: column == value, lambda seen, value: seen == value),
    Operator("is_not", "is not", "one", negates="is"),
    Operator(
        "in",
        "is one of",
        "many",
        lambda column, values: func.lower(column).in_([lower(one) for one in values]),
        lambda seen, values: lower(seen) in {lower(one) for one in values},
    ),
    NOT_IN,
    _text(
        "contains", "contains", lambda column, value: func.strpos(column, value) > 0, lambda seen, value: value in seen
    ),
    Operator("not_contains", "does not contain", "one", negates="contains"),
    _text("starts", "starts with", func.starts_with, str.startswith),
    EMPTY,
    FILLED,
)

NUMBER = _by_key(
    Operator("ge", "is at least", "one", lambda column, v: column >= v, lambda seen, v: seen >= v),
    Operator("gt", "is more than", "one", lambda column, v: column > v, lambda seen, v: seen > v),
    Operator("le", "is at most", "one", lambda column, v: column <= v, lambda seen, v: seen <= v),
    Operator("lt", "is less than", "one", lambda column, v: column < v, lambda seen, v: seen < v),
    Operator("is", "is exactly", "one", lambda column, v: column == v, lambda seen, v: seen == v),
    Operator("is_not", "is not", "one", negates="is"),
    Operator(
        "between",
        "is between",
        "two",
        lambda column, v: column.between(v[0], v[1]),
        lambda seen, v: v[0] <= seen <= v[1],
    ),
    EMPTY,
    FILLED,
)

MOMENT = _by_key(
    _moment("last", "in the last", "length", spans.last),
    Operator("not_last", "not in the last", "length", negates="last", resolve=spans.last),
    _moment("older", "longer ago than", "length", spans.older),
    _moment("coming", "in the next", "length", spans.coming),
    _moment("this", "in this", "unit", spans.present),
    _moment("on", "on", "one", lambda moment, day: spans.days(moment, day, day)),
    _moment("before", "before", "one", lambda moment, day: Span(None, spans.days(moment, day, day).start)),
    _moment("since", "on or after", "one", lambda moment, day: spans.days(moment, day, None)),
    _moment("days", "between", "two", lambda moment, pair: spans.days(moment, pair[0], pair[1])),
    EMPTY,
    FILLED,
)

LABELS = _by_key(
    Operator(
        "in",
        "has any of",
        "many",
        lambda held, values: held.id.in_(held.holders(values)),
        lambda seen, values: any(one in values for one in seen),
    ),
    Operator("not_in", "has none of", "many", negates="in"),
    Operator(
        "filled",
        "has any at all",
        "nothing",
        lambda held, _: held.id.in_(held.holders(None)),
        lambda seen, _: bool(seen),
    ),
    Operator("empty", "has none at all", "nothing", negates="filled"),
)

DAY = _by_key(
    _moment("last", "in the last", "length", spans.days_of(spans.last)),
    Operator("not_last", "not in the last", "length", negates="last", resolve=spans.days_of(spans.last)),
    _moment("older", "longer ago than", "length", lambda at, length: spans.days_of(spans.last)(at, length).before),
    _moment("coming", "in the next", "length", spans.days_of(spans.coming)),
    _moment("this", "in this", "unit", spans.days_of(spans.present)),
    _moment("on", "on", "one", lambda _moment, day: Span(day, day + timedelta(days=1))),
    _moment("before", "before", "one", lambda _moment, day: Span(None, day)),
    _moment("since", "on or after", "one", lambda _moment, day: Span(day, None)),
    _moment("days", "between", "two", lambda _moment, pair: Span(pair[0], pair[1] + timedelta(days=1))),
    EMPTY,
    FILLED,
)

SET = _by_key(
    Operator(
        "has",
        "has one of",
        "many",
        lambda column, values: column.has_any(array(values, type_=Text)),
        lambda seen, values: not set(values).isdisjoint(seen),
    ),
    Operator("has_none", "has none of", "many", negates="has"),
    Operator(
        "has_all",
        "has all of",
        "many",
        lambda column, values: column.has_all(array(values, type_=Text)),
        lambda seen, values: set(values).issubset(seen),
    ),
    EMPTY,
    FILLED,
)

KINDS = {
    kind.key: kind
    for kind in (
        Kind("text", _read_text, TEXT),
        Kind("number", _read_number, NUMBER, is_number=True),
        Kind("decimal", _read_decimal, NUMBER, is_number=True),
        Kind("money", _read_number, NUMBER, is_number=True),
        Kind("moment", _read_day, MOMENT),
        Kind("day", _read_day, DAY),
        Kind("choice", _read_choice, _by_key(IN, NOT_IN, EMPTY, FILLED)),
        Kind("set", _read_choice, SET),
        Kind("identity", _read_identity, _by_key(IN, NOT_IN, EMPTY, FILLED)),
        Kind("labels", _read_identity, LABELS),
        Kind("yes", _read_yes, _by_key(IS)),
        Kind("sealed", _read_choice, _by_key(EMPTY, FILLED)),  # stored encrypted: only there or not
    )
}


def read_value(kind: Kind, operator: Operator, value: Any) -> Any:
    """A value as the operator takes it. Raises: ValueError or TypeError, with a sentence."""
    if operator.takes == "nothing":
        return None
    if operator.takes in ("two", "many"):
        if not isinstance(value, list | tuple):
            raise TypeError("Enter a list of values.")
        return _read_two(kind, value) if operator.takes == "two" else _read_many(kind, value)
    read = {"length": read_length, "unit": read_unit}.get(operator.takes, kind.read)
    return read(value)


def _read_two(kind: Kind, values: Sequence[Any]) -> tuple[Any, Any]:
    if len(values) != 2:
        raise ValueError("Enter two values, the smaller one first.")
    first, second = kind.read(values[0]), kind.read(values[1])
    if first > second:
        raise ValueError("Enter the smaller value first.")
    return first, second


def _read_many(kind: Kind, values: Sequence[Any]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("Choose at least one value.")
    if len(values) > MOST_VALUES:
        raise ValueError(f"Choose at most {MOST_VALUES:,} values.")
    return tuple(dict.fromkeys(kind.read(one) for one in values))


def matches(kind: Kind, operator: Operator, column: Any, value: Any, *, is_turned: bool = False) -> ColumnElement[bool]:
    """The condition in SQL, true for exactly the rows of which it holds.

    `is_turned`: it stands below a NOT, where "unknown" must have become false. Elsewhere it passes
    for false anyway, and the bare condition can use an index.
    """
    if operator.negates:
        return ~matches(kind, kind.operators[operator.negates], column, value, is_turned=True)
    if operator is EMPTY:
        return (func.coalesce(column, "") == "") if kind.key in ("text", "choice") else column.is_(None)
    assert operator.sql is not None
    condition = operator.sql(column, value)
    return func.coalesce(condition, literal(value=False), type_=Boolean) if is_turned else condition


def holds(kind: Kind, operator: Operator, seen: Any, value: Any) -> bool:
    """The same in memory."""
    if operator.negates:
        return not holds(kind, kind.operators[operator.negates], seen, value)
    if operator is EMPTY:
        return seen is None or seen == ""
    assert operator.holds is not None
    return seen is not None and operator.holds(seen, value)
