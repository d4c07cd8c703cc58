"""Segments, their members and their history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, or_, select

from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.people.access import visible_to
from app.people.models import Customer
from app.segments.models import Change, Member, Segment

SEGMENT_ORDERS = {"name": Order((Segment.name, Segment.segment_id), "Name")}
CHANGE_ORDERS = {"at": Order((Change.change_id,), "When", descending=True)}
MEMBER_ORDERS = {"name": Order((Customer.last_name, Customer.first_name, Customer.person_id), "Name")}


class ChangeRow(NamedTuple):
    """Who came or went, and when."""

    kind: str
    at: datetime
    person_id: UUID
    name: str


def list_segments() -> Sequence[Segment]:
    """All segments by name: a shop has some dozens."""
    return db.session.scalars(select(Segment).order_by(Segment.name, Segment.segment_id)).all()


def list_dynamic() -> Sequence[Segment]:
    """Those that follow their filter."""
    return db.session.scalars(select(Segment).where(Segment.mode == "dynamic").order_by(Segment.segment_id)).all()


def list_troubled(segment_ids: Sequence[UUID]) -> Sequence[Segment]:
    """Those of these segments that could not be counted the last time."""
    if not segment_ids:
        return []
    return db.session.scalars(
        select(Segment).where(Segment.segment_id.in_(segment_ids), Segment.problem != "").order_by(Segment.name)
    ).all()


def page_of_segments(cursor: str, size: int) -> Page[Segment]:
    """Segments by name, a page at a time."""
    page = keyset(select(Segment), orders=SEGMENT_ORDERS, sort="name", cursor=cursor, size=size)
    return page.scalars()


def get_segment(segment_id: UUID) -> Segment:
    """One segment. Raises: NotFound."""
    segment = db.session.get(Segment, segment_id)
    if segment is None:
        raise NotFound
    return segment


def list_members(actor: Actor, segment: Segment, cursor: str = "", size: int = 25) -> Page[Customer]:
    """A page of the members this actor may see, by name."""
    query = (
        select(Customer)
        .join(Member, Member.person_id == Customer.person_id)
        .where(Member.segment_id == segment.segment_id, visible_to(actor))
    )
    page = keyset(query, orders=MEMBER_ORDERS, sort="name", cursor=cursor, size=size)
    return page.scalars()


def list_changes(actor: Actor, segment: Segment, cursor: str = "", size: int = 20) -> Page[ChangeRow]:
    """Who came and went, the latest first, as far as this actor may see them."""
    shown: tuple[Any, ...] = (Change.kind, Change.at, Customer.person_id, Customer.first_name, Customer.last_name)
    query = (
        select(*shown, Change.change_id)
        .join(Customer, Customer.person_id == Change.person_id)
        .where(Change.segment_id == segment.segment_id, visible_to(actor))
    )
    page = keyset(query, orders=CHANGE_ORDERS, sort="at", cursor=cursor, size=size, key=lambda row: (row.change_id,))
    rows = [
        ChangeRow(row.kind, row.at, row.person_id, f"{row.first_name} {row.last_name}".strip() or "Unnamed")
        for row in page.rows
    ]
    return Page(rows, page.next, page.previous, page.size)


def list_users(segment: Segment) -> Sequence[Segment]:
    """The segments whose filter asks about this one."""
    return db.session.scalars(select(Segment).where(Segment.uses.contains([segment.segment_id]))).all()


class Standing(NamedTuple):
    """How a customer stands to a segment: in it since, or None for one they could be put in by hand."""

    segment_id: UUID
    name: str
    is_by_hand: bool
    since: datetime | None


def list_standings(customer_id: UUID) -> Sequence[Standing]:
    """The segments a customer is in, and those made by hand that they are not in."""
    is_this = and_(Member.segment_id == Segment.segment_id, Member.person_id == customer_id)
    is_by_hand = Segment.mode == "static"
    query = (
        select(Segment.segment_id, Segment.name, is_by_hand, Member.entered_at)
        .outerjoin(Member, is_this)
        .where(or_(Member.person_id.is_not(None), is_by_hand))
        .order_by(Segment.name)
    )
    return [Standing(*row) for row in db.session.execute(query)]


def list_by_hand() -> Sequence[Segment]:
    """Those that stay as they were made."""
    return db.session.scalars(select(Segment).where(Segment.mode == "static").order_by(Segment.name)).all()


def members_of(group: str) -> Select[Any]:
    """The ids of a segment's stored members, for filters."""
    return select(Member.person_id).where(Member.segment_id == UUID(group))


def choices() -> list[tuple[str, str]]:
    """The segments a filter can ask about."""
    found = db.session.execute(select(Segment.segment_id, Segment.name).order_by(Segment.name))
    return [(str(segment_id), name) for segment_id, name in found]
