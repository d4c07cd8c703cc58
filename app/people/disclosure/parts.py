"""What is kept about a customer, part by part."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import JSONB

from app.core.db import db


@dataclass(frozen=True)
class Part:
    """One kind of thing: `select(customer_id)` gives its rows, oldest first, whose columns are named for people.

    `tables` are those it speaks for.
    """

    key: str
    title: str
    tables: tuple[str, ...]
    select: Callable[[UUID], Select[*tuple[Any, ...]]]


PARTS: dict[str, Part] = {}
LEFT_OUT: dict[str, str] = {}


def add_part(part: Part) -> None:
    """Let the copy hold one more kind of thing."""
    PARTS[part.key] = part


def leave_out(why: str, *tables: str) -> None:
    """Say why tables that know people have no place in the copy."""
    LEFT_OUT.update(dict.fromkeys(tables, why))


def gather(customer_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Everything, by the key of its part. Shape: JSON; times in ISO 8601."""
    return {key: _rows(part.select(customer_id)) for key, part in PARTS.items()}


def _rows(wanted: Select[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    rows = wanted.subquery("kept")
    found = db.session.scalar(select(func.jsonb_agg(func.to_jsonb(rows.table_valued()), type_=JSONB)))
    return list(found or [])
