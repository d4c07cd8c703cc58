"""Reading the bell."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select

from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.engine.notices.models import Notice

PAGE_SIZE = 25
NEWEST_FIRST = Order((Notice.created_at, Notice.notice_id), "When", descending=True)


def page_of_notices(person_id: UUID, cursor: str = "", size: int = PAGE_SIZE) -> Page[Notice]:
    """All of a person's notices by pages, newest first."""
    page = keyset(
        select(Notice).where(Notice.person_id == person_id),
        orders={"at": NEWEST_FIRST},
        sort="at",
        cursor=cursor,
        size=size,
    )
    return page.scalars()


def get_notice(person_id: UUID, notice_id: UUID) -> Notice:
    """One of a person's own notices. Raises: NotFound."""
    notice = db.session.scalar(select(Notice).where(Notice.notice_id == notice_id, Notice.person_id == person_id))
    if notice is None:
        raise NotFound
    return notice


UNREAD = (
    select(func.count())
    .where(Notice.person_id == bindparam("person_id", type_=Uuid()), Notice.read_at.is_(None))
    .scalar_subquery()
)


def count_unread(person_id: UUID) -> int:
    """How many notices a person has not opened."""
    return db.session.scalar(select(UNREAD), {"person_id": person_id}) or 0
