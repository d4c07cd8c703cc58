"""The fields that are coded or banded, and the columns and filter fields they give.

Packages register theirs when the application is built. A text's code is looked up in the few different
texts there are, a number's band in the few bands; both lists are read once for a statement, so a
change of rules counts at once and no row is written anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, Text, cast, func, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by, array

from app.core.db import db
from app.core.errors import NotFound
from app.engine.codes import coding
from app.engine.codes.models import Band, Code, CodeValue
from app.engine.events import catalogue
from app.engine.filters.fields import Column, Entity, Field

Unit = Literal["number", "money", "days", "minutes"]


@dataclass(frozen=True)
class Span:
    """A band as it is meant: from `floor` on."""

    floor: int
    key: str
    label: str


@dataclass(frozen=True, eq=False)
class Standard:
    """A field with a coded counterpart.

    `value` is the column it stands on, in rows of `entity` that meet `base`; `filter_key` names the
    counterpart in filters. A banded field has a `unit` and the `usual` bands, of which each shop may make its own.
    A new text may stand behind the events of `told_by`. `joined` are rows of its own that are joined to
    the entity's by `parent`.
    """

    key: str
    label: str
    entity: Entity
    value: Column
    filter_key: str
    filter_label: str
    base: ColumnElement[bool] | None = None
    unit: Unit | None = None
    usual: tuple[Span, ...] = ()
    joined: Any = None
    permission: str = ""
    told_by: tuple[str, ...] = ()

    @property
    def is_banded(self) -> bool:
        """A number, not a text."""
        return self.unit is not None

    @property
    def column(self) -> ColumnElement[Any]:
        """The key of a row's code or band; null for what has none."""
        return _band_of(self) if self.is_banded else _code_of(self)

    @property
    def filter_field(self) -> Field:
        """The counterpart as a filter asks for it."""
        return Field(
            self.filter_key,
            self.filter_label,
            "choice",
            self.column,
            lambda: choices(self),
            permission=self.permission,
            joined=self.joined,
        )


STANDARDS: dict[str, Standard] = {}


def add(standard: Standard) -> Field:
    """Let a field have a coded counterpart; returns it for the lists of other entities."""
    STANDARDS[standard.key] = standard
    if standard.told_by:
        catalogue.subscribe(f"codes.{standard.key}", *standard.told_by, handler=coding.judge_new)
    asked = standard.filter_field
    standard.entity.add_fields(asked)
    return asked


def get(key: str) -> Standard:
    """One of them. Raises: NotFound."""
    if key not in STANDARDS:
        raise NotFound
    return STANDARDS[key]


def choices(standard: Standard) -> list[tuple[str, str]]:
    """The codes or bands there are, as (key, label)."""
    if standard.is_banded:
        return [(span.key, span.label) for span in spans(standard)]
    listed = select(Code.key, Code.label).where(Code.field == standard.key).order_by(func.lower(Code.label))
    return [(key, label) for key, label in db.session.execute(listed)]


def spans(standard: Standard) -> Sequence[Span]:
    """A banded field's bands, the lowest first: the shop's own, or the usual ones."""
    kept = select(Band.floor, Band.key, Band.label).where(Band.field == standard.key).order_by(Band.floor)
    return [Span(*row) for row in db.session.execute(kept)] or standard.usual


def _code_of(standard: Standard) -> ColumnElement[Any]:
    """One small object {text: code} for the whole statement, looked into for each row."""
    known = (
        select(func.jsonb_object_agg(CodeValue.value, CodeValue.code))
        .where(CodeValue.field == standard.key, CodeValue.code.is_not(None))
        .scalar_subquery()
    )
    return type_coerce(known.op("->>")(standard.value), Text)


def _band_of(standard: Standard) -> ColumnElement[Any]:
    """The bands' floors and keys as two arrays for the whole statement; before the first floor there is none."""
    floors = _array(standard, Band.floor, [span.floor for span in standard.usual], BigInteger())
    keys = _array(standard, Band.key, [span.key for span in standard.usual], Text())
    place = func.width_bucket(cast(standard.value, BigInteger), floors)
    return type_coerce(keys, ARRAY(Text))[place]


def _array(standard: Standard, column: Any, usual: Sequence[Any], kind: Any) -> ColumnElement[Any]:
    own = (
        select(func.array_agg(aggregate_order_by(column, Band.floor)))
        .where(Band.field == standard.key)
        .scalar_subquery()
    )
    return func.coalesce(own, cast(array(list(usual)), ARRAY(kind)), type_=ARRAY(kind))
