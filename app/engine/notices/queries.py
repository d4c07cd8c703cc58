"""Reading the bell."""

from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, func, literal_column, or_, select

from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.engine.notices.models import Notice

PAGE_SIZE = 25
WHO = bindparam("person_id", type_=Uuid())
IS_LETTER = Notice.kind == literal_column("'letter'")  # written out, as the indexes have it
IS_POPUP = Notice.kind == literal_column("'popup'")
IS_LISTED = or_(IS_LETTER, Notice.shown_at.is_not(None))
"""A pop-up stands under the bell once it has shown itself."""
NEWEST_FIRST = Order((Notice.created_at, Notice.notice_id), "When", descending=True)


def page_of_notices(person_id: UUID, cursor: str = "", size: int = PAGE_SIZE) -> Page[Notice]:
    """What stands under a person's bell by pages, newest first."""
    page = keyset(
        select(Notice).where(Notice.person_id == person_id, IS_LISTED),
        orders={"at": NEWEST_FIRST},
        sort="at",
        cursor=cursor,
        size=size,
    )
    return page.scalars()


def get_notice(person_id: UUID, notice_id: UUID) -> Notice:
    """One that stands under a person's bell. Raises: NotFound."""
    its = (Notice.person_id == person_id, Notice.notice_id == notice_id)
    notice = db.session.scalar(select(Notice).where(*its, IS_LISTED))
    if notice is None:
        raise NotFound
    return notice


IS_UNREAD = and_(Notice.read_at.is_(None), IS_LETTER)
UNREAD = select(func.count()).where(Notice.person_id == WHO, IS_UNREAD).scalar_subquery()


def is_waiting() -> ColumnElement[bool]:
    """Of a pop-up: it has not shown itself, and may now."""
    has_come = or_(Notice.shows_from.is_(None), Notice.shows_from <= func.now())
    is_over = Notice.shows_until <= func.now()
    return and_(IS_POPUP, Notice.shown_at.is_(None), has_come, is_over.is_not(True))


WAITING = select(func.count()).where(Notice.person_id == WHO, is_waiting()).scalar_subquery()


def count_unread(person_id: UUID) -> int:
    """How many notices a person has not opened."""
    return db.session.scalar(select(UNREAD), {"person_id": person_id}) or 0
