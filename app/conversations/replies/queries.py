"""Finding canned replies."""

from collections.abc import Sequence
from uuid import UUID

from flask import current_app
from sqlalchemy import case, func, select

from app.conversations.models import Channel
from app.conversations.replies.access import may_change, visible_to
from app.conversations.replies.models import CannedReply
from app.conversations.replies.placeholders import SAMPLE
from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotAllowed, NotFound
from app.core.paging import Order, Page, keyset
from app.people.models import Customer

SUGGESTED = 8
ORDERS = {
    "name": Order((CannedReply.name, CannedReply.reply_id), "Name"),
    "uses": Order((CannedReply.uses, CannedReply.reply_id), "Used", descending=True),
}


def get_reply(actor: Actor, reply_id: UUID, *, to_edit: bool = False) -> CannedReply:
    """The door to one. Raises: NotFound; NotAllowed to change what is shared."""
    found = db.session.scalar(select(CannedReply).where(CannedReply.reply_id == reply_id, visible_to(actor)))
    if found is None:
        raise NotFound
    if to_edit and not may_change(actor, found):
        raise NotAllowed("Only who shares canned replies may change this one.")
    return found


def page_of_replies(
    actor: Actor, *, words: str = "", sort: str = "name", cursor: str = "", size: int = 25
) -> Page[CannedReply]:
    """Those somebody may use, by pages; with `words` those that have them."""
    query = select(CannedReply).where(visible_to(actor))
    if words:
        text = func.fold(CannedReply.name + " " + CannedReply.body)
        query = query.where(func.strpos(text, func.fold(words)) > 0)
    return keyset(query, orders=ORDERS, sort=sort, cursor=cursor, size=size).scalars()


def suggest_replies(actor: Actor, words: str) -> Sequence[CannedReply]:
    """What `/` offers: names that begin so first, then what has the words, the most used of each first."""
    name, asked = func.fold(CannedReply.name), func.fold(words)
    place = case((func.strpos(name, asked) == 1, 0), (func.strpos(name, asked) > 1, 1), else_=2)
    has = func.strpos(func.fold(CannedReply.name + " " + CannedReply.body), asked) > 0
    query = select(CannedReply).where(visible_to(actor), has)
    return db.session.scalars(query.order_by(place, CannedReply.uses.desc(), CannedReply.name).limit(SUGGESTED)).all()


def values_for(actor: Actor, channel: Channel | None) -> dict[str, str]:
    """What the placeholders mean for a writer in a conversation; without one, as an example."""
    shop = current_app.extensions["rapport"].workspace
    mine = {"me.name": actor.name, "me.first_name": actor.name.split(" ")[0], "shop.name": shop}
    if channel is None:
        return SAMPLE | mine
    customer = db.session.get(Customer, channel.customer_id) if channel.customer_id else None
    theirs = {"customer.name": customer.name, "customer.first_name": customer.first_name} if customer else {}
    return mine | theirs | {"conversation.topic": channel.topic}
