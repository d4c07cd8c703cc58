"""Reading a JSON body strictly: what is unusual about it is refused before anybody looks at it."""

import json
import math
from typing import Any

from flask import request

from app.core.db import is_storable
from app.core.errors import DomainError

MOST_DEPTH = 16
MOST_VALUES = 20_000


class Unreadable(DomainError):
    """The body is not one plain JSON object."""

    status = 400
    code = "unreadable_body"
    title = "The body is not JSON that can be read"


class UnsupportedType(DomainError):
    """The body is of another media type."""

    status = 415
    code = "unsupported_media_type"
    title = "Send JSON"


def read_object() -> dict[str, Any]:
    """The request's body, {} when there is none.

    Raises: Unreadable for anything but one object in UTF-8 without duplicate names, NaN, NUL, halves of
    surrogate pairs or excessive depth and number of values; UnsupportedType.
    """
    raw = request.get_data()
    if not raw:
        return {}
    if request.mimetype != "application/json":
        raise UnsupportedType("Set Content-Type to application/json.")
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_object, parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise Unreadable(f"Nest at most {MOST_DEPTH} levels.") from None
    except UnicodeDecodeError:
        raise Unreadable("Encode the body in UTF-8.") from None
    except ValueError as error:
        raise Unreadable(str(error)[:200]) from None
    if not isinstance(value, dict):
        raise Unreadable("Send one object.")
    _check(value, has_escapes=b"\\u" in raw)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A name occurs twice in one object.")
    return found


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is not a number in JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_number(digits[:20])


def _check(body: dict[str, Any], *, has_escapes: bool) -> None:
    """Walk without recursion, level by level: depth, number of values, characters that cannot be stored.

    Those come by `\\u` alone: NUL is refused as it is read, and halves of surrogate pairs are no UTF-8.
    """
    level: list[Any] = [body]
    depth = seen = 0
    while level:
        depth, seen = depth + 1, seen + len(level)
        if depth > MOST_DEPTH or seen > MOST_VALUES:
            raise Unreadable(f"Nest at most {MOST_DEPTH} levels and send at most {MOST_VALUES:,} values.")
        if has_escapes and not all(is_storable(value) for value in level if isinstance(value, str)):
            raise Unreadable("A text contains a character that cannot be stored.")
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        level = inner
