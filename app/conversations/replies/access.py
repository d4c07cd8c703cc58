"""Who may use and change canned replies."""

from sqlalchemy import ColumnElement, and_, or_

from app.conversations.replies.models import CannedReply
from app.core.access import Actor, Permission

PERMISSIONS = (Permission("replies.share", "Write canned replies for others", manager="all"),)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition that holds for the replies an employee may use: their own, their team's and everyone's."""
    mine = and_(CannedReply.audience == "own", CannedReply.owner_id == actor.id)
    ours = and_(CannedReply.audience == "team", CannedReply.department == actor.department)
    return or_(mine, ours, CannedReply.audience == "everyone")


def may_change(actor: Actor, reply: CannedReply) -> bool:
    """One's own, or with the right, what one shares with others."""
    if reply.audience == "own":
        return reply.owner_id == actor.id
    return actor.can("replies.share")
