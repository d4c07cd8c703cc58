"""Ratings, one for each close, and what they come to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Float, cast, func, select

from app.conversations.access import visible_to
from app.conversations.models import Channel, Rating
from app.core import paging
from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound

COUNTS = Rating.excluded_at.is_(None)
ORDERS = {"latest": paging.Order((Rating.rated_at, Rating.rating_id), "Latest", descending=True)}


def average_columns() -> tuple[ColumnElement[int], ColumnElement[float]]:
    """How many ratings count, and their mean, for a statement about ratings."""
    return func.count(Rating.rating_id).filter(COUNTS), cast(func.avg(Rating.stars).filter(COUNTS), Float)


def find_rating(channel: Channel) -> Rating | None:
    """What the customer thinks of the present close; None before they said so, or while it goes on."""
    if channel.closed_at is None:
        return None
    return db.session.scalar(
        select(Rating).where(Rating.channel_id == channel.channel_id, Rating.closed_at == channel.closed_at)
    )


def get_rating(actor: Actor, rating_id: UUID) -> Rating:
    """One rating of a conversation the actor may see. Raises: NotFound."""
    query = select(Rating).join(Channel, Channel.channel_id == Rating.channel_id)
    found = db.session.scalar(query.where(Rating.rating_id == rating_id, visible_to(actor)))
    if found is None:
        raise NotFound
    return found


def list_ratings(
    actor: Actor, *, since: datetime | None = None, most_stars: int = 5, cursor: str = "", size: int = 25
) -> paging.Page[Rating]:
    """Ratings of conversations the actor may see, the latest first."""
    query = (
        select(Rating)
        .join(Channel, Channel.channel_id == Rating.channel_id)
        .where(visible_to(actor), Rating.stars <= most_stars)
    )
    if since is not None:
        query = query.where(Rating.rated_at >= since)
    page = paging.keyset(
        query,
        orders=ORDERS,
        sort="latest",
        cursor=cursor,
        size=size,
        key=lambda row: (row[0].rated_at, row[0].rating_id),
    )
    return paging.Page([row[0] for row in page.rows], page.next, page.previous, page.size, page.sort)
