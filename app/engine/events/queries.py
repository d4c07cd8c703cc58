"""Reading what happened."""

from collections.abc import Collection, Sequence

from sqlalchemy import BigInteger, Select, cast, literal, select, text, tuple_

from app.core.db import db
from app.engine.events.models import Event, TransactionId

BEGINNING = (0, 0)


def with_correlation(correlation_id: str) -> Select[Event]:
    """Every event of one request, job or command, in order."""
    return select(Event).where(Event.correlation_id == correlation_id).order_by(Event.event_id)


def list_after(place: tuple[int, int], *, types: Collection[str], size: int) -> Sequence[Event]:
    """The next events of these types after a place (xid, event_id), in the order subscribers hear them.

    Only what lies below the oldest transaction that is still open, so that nothing appears before a place later.
    """
    after = tuple_(cast(str(place[0]), TransactionId()), literal(place[1], BigInteger))
    return db.session.scalars(
        select(Event)
        .where(tuple_(Event.xid, Event.event_id) > after, Event.type.in_(types))
        .where(text("xid < pg_snapshot_xmin(pg_current_snapshot())"))
        .order_by(Event.xid, Event.event_id)
        .limit(size)
    ).all()
