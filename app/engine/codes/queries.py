"""How much of what is typed and measured is in order, and what is not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, literal, select, union_all

from app.core import metrics
from app.core.db import db
from app.engine.codes.fields import Standard
from app.engine.codes.models import Code, CodeRule, CodeValue

MOST_UNCODED = 20


@dataclass(frozen=True)
class Quality:
    """How many rows a field has, how many say something, and how many of those have a code or band.

    `by_code` counts the rows of each code or band.
    """

    standard: Standard
    rows: int
    filled: int
    coded: int
    by_code: dict[str, int]

    @property
    def uncoded_share(self) -> float | None:
        """Of the rows that say something, those without a code, 0 to 1; None where nothing is said."""
        return 1 - self.coded / self.filled if self.filled else None


@dataclass(frozen=True)
class Uncoded:
    """A text without a code, and how many rows have it."""

    value: str
    rows: int


def list_quality(standards: Iterable[Standard]) -> list[Quality]:
    """Read the state of fields, in one statement and one pass over the rows of each."""
    fields = list(standards)
    found: dict[int, list[Any]] = {place: [] for place in range(len(fields))}
    for place, *counts in db.session.execute(union_all(*(_counted(*numbered) for numbered in enumerate(fields)))):
        found[place].append(counts)
    return [_quality(standard, found[place]) for place, standard in enumerate(fields)]


def _counted(place: int, standard: Standard) -> Select[Any]:
    code = standard.column
    is_filled = standard.value.is_not(None) if standard.is_banded else standard.value != ""
    return _rows(standard, literal(place), code, func.count(), func.count().filter(is_filled)).group_by(code)


def _quality(standard: Standard, found: Sequence[Any]) -> Quality:
    by_code = {key: filled for key, _rows_, filled in found if key is not None}
    rows, filled = sum(row[1] for row in found), sum(row[2] for row in found)
    return Quality(standard, rows, filled, sum(by_code.values()), by_code)


def list_uncoded(standard: Standard, limit: int = MOST_UNCODED) -> list[Uncoded]:
    """The most frequent texts without a code; of a banded field none."""
    if standard.is_banded:
        return []
    query = _rows(standard, standard.value, func.count().label("rows"))
    query = query.where(standard.value != "", standard.column.is_(None)).group_by(standard.value)
    most = query.order_by(func.count().desc(), standard.value).limit(limit)
    return [Uncoded(value, rows) for value, rows in db.session.execute(most)]


def list_rules(standard: Standard) -> Sequence[CodeRule]:
    """A field's rules, by their text."""
    mine = select(CodeRule).where(CodeRule.field == standard.key)
    return db.session.scalars(mine.order_by(func.lower(CodeRule.text), CodeRule.rule_id)).all()


def find_rule(standard: Standard, rule_id: UUID) -> CodeRule | None:
    """One of a field's rules, or None when it is gone."""
    rule = db.session.get(CodeRule, rule_id)
    return rule if rule is not None and rule.field == standard.key else None


def find_code_by_label(standard: Standard, label: str) -> str | None:
    """The key of the code that is called so, whatever its case and accents."""
    called = func.fold(Code.label) == func.fold(label)
    return db.session.scalar(select(Code.key).where(Code.field == standard.key, called))


def _rows(standard: Standard, *columns: Any) -> Select[Any]:
    entity = standard.entity
    query = select(*columns).select_from(entity.id.table)  # type: ignore[union-attr]
    if standard.joined is not None:
        query = query.outerjoin(standard.joined, standard.joined.c.parent == entity.id)
    return query if standard.base is None else query.where(standard.base)


@metrics.collector
def collect() -> Iterable[tuple[str, str, dict[str, str], float]]:
    """How many different texts have no code, by field."""
    counted = select(CodeValue.field, func.count()).where(CodeValue.code.is_(None)).group_by(CodeValue.field)
    for field, count in db.session.execute(counted):
        yield "rapport_uncoded_values", "Different texts without a code", {"field": field}, count
