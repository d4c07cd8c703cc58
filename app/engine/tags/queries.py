"""Finding tags."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, Uuid, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from app.core.db import db, is_storable, one_of
from app.core.errors import Invalid, NotFound
from app.core.paging import Order, Page, keyset
from app.engine.tags.models import RecordTag, Tag

SUGGESTED = 6
MOST_CHOICES = 500

ORDERS = {
    "name": Order((Tag.name, Tag.tag_id), "Name"),
    "created": Order((Tag.created_at, Tag.tag_id), "Made"),
}


def get_tag(tag_id: UUID) -> Tag:
    """One tag. Raises: NotFound."""
    tag = db.session.get(Tag, tag_id)
    if tag is None:
        raise NotFound
    return tag


def find_by_names(names: Collection[str]) -> dict[str, Tag]:
    """The tags of these names, whatever their case and accents, each by the name that was asked for."""
    asked = func.unnest(cast(list(names), ARRAY(Text))).column_valued("asked")
    found = db.session.execute(select(asked, Tag).join(Tag, func.fold(Tag.name) == func.fold(asked)))
    return dict(found.tuples().all())


def get_tag_named(name: str) -> Tag:
    """The tag of a name that somebody typed. Raises: Invalid."""
    found = find_by_names([name]) if is_storable(name) else {}
    if name not in found:
        raise Invalid(errors={"into": ["There is no tag of this name."]})
    return found[name]


def page_of_tags(*, sort: str = "name", cursor: str = "", size: int = 25, words: str = "") -> Page[Tag]:
    """One page of tags; with `words` those that have them in their name."""
    query = select(Tag)
    if words:
        query = query.where(func.strpos(func.fold(Tag.name), func.fold(words)) > 0)
    return keyset(query, orders=ORDERS, sort=sort, cursor=cursor, size=size).scalars()


def count_uses(tags: Sequence[Tag]) -> Mapping[UUID, Mapping[str, int]]:
    """How many records of each kind have each of these tags."""
    uses: dict[UUID, dict[str, int]] = {tag.tag_id: {} for tag in tags}
    counted = (
        select(RecordTag.tag_id, RecordTag.record_kind, func.count())
        .where(one_of(RecordTag.tag_id, list(uses)))
        .group_by(RecordTag.tag_id, RecordTag.record_kind)
        .order_by(RecordTag.record_kind)
    )
    for tag_id, kind, number in db.session.execute(counted):
        uses[tag_id][kind] = number
    return uses


def suggest_tags(kind: str, record_id: UUID, words: str) -> Sequence[Tag]:
    """Tags that a record does not have yet, those that begin with the words first."""
    has = select(RecordTag.tag_id).where(RecordTag.record_kind == kind, RecordTag.record_id == record_id)
    folded, asked = func.fold(Tag.name), func.fold(words)
    query = select(Tag).where(Tag.tag_id.not_in(has), func.strpos(folded, asked) > 0)
    return db.session.scalars(query.order_by(func.strpos(folded, asked), Tag.name).limit(SUGGESTED)).all()


def tags_of(kind: str, record_id: UUID) -> Sequence[Tag]:
    """What one record is tagged with, by name."""
    query = select(Tag).join(RecordTag, RecordTag.tag_id == Tag.tag_id)
    query = query.where(RecordTag.record_kind == kind, RecordTag.record_id == record_id)
    return db.session.scalars(query.order_by(Tag.name, Tag.tag_id)).all()


def pairs_on(kind: str, records: Collection[UUID]) -> set[tuple[UUID, UUID]]:
    """What some records are tagged with, as (record, tag)."""
    query = select(RecordTag.record_id, RecordTag.tag_id)
    query = query.where(RecordTag.record_kind == kind, one_of(RecordTag.record_id, records))
    return set(db.session.execute(query).tuples())


def choices() -> list[tuple[str, str]]:
    """The tags a filter can ask for, by name."""
    named = select(Tag.tag_id, Tag.name).order_by(Tag.name, Tag.tag_id).limit(MOST_CHOICES)
    return [(str(tag_id), name) for tag_id, name in db.session.execute(named)]


def holders(kind: str, tags: Collection[UUID] | None) -> Select[Any]:
    """The ids of the records of a kind that have one of these tags; None: any tag at all."""
    query = select(RecordTag.record_id).where(RecordTag.record_kind == kind)
    return query if tags is None else query.where(one_of(RecordTag.tag_id, tags))


def ids_on(kind: str, record_id: Any) -> ColumnElement[Any]:
    """The ids of a record's tags as one array, for a statement that reads `record_id`."""
    found = select(RecordTag.tag_id).where(RecordTag.record_kind == kind, RecordTag.record_id == record_id)
    return func.array(found.scalar_subquery(), type_=ARRAY(Uuid))


def chips() -> ColumnElement[Any]:
    """Tags as JSON: a list of {"id", "name", "colour"} by name."""
    one = func.jsonb_build_object("id", Tag.tag_id, "name", Tag.name, "colour", Tag.colour)
    return func.jsonb_agg(aggregate_order_by(one, Tag.name), type_=JSONB)


def chips_on(kind: str, record_id: Any) -> ColumnElement[Any]:
    """A record's tags as `chips`, for a statement that reads `record_id`."""
    found = select(chips()).join_from(RecordTag, Tag, RecordTag.tag_id == Tag.tag_id)
    found = found.where(RecordTag.record_kind == kind, RecordTag.record_id == record_id)
    return func.coalesce(found.scalar_subquery(), cast([], JSONB), type_=JSONB)
