"""Who may see and do what in conversations."""

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from app.conversations.models import Channel, Participant
from app.core.access import Actor, Permission
from app.people.models import Employee

PERMISSIONS = (
    Permission(
        "conversations.read",
        "See conversations",
        visitor="own",
        customer="own",
        agent="team",
        manager="all",
        admin="all",
        scoped=True,
    ),
    Permission("conversations.answer", "Answer conversations", agent="all", manager="all"),
    Permission("ratings.exclude", "Leave ratings out of averages", manager="all"),
    Permission("conversations.request", "Ask for a chat and rate it", visitor="own", customer="own", admin=None),
)


def takes_part(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Channel` that holds where this actor takes part now."""
    return exists(
        select(Participant.person_id).where(
            Participant.channel_id == Channel.channel_id,
            Participant.person_id == actor.id,
            Participant.left_at.is_(None),
        )
    )


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Channel` that holds for the channels this actor may see.

    A customer sees their own; so does a visitor, until proved to be a customer. An employee
    sees where they take part and, of the others, what the scope reaches and what waits;
    internal ones only as a participant.
    """
    scope = actor.scope("conversations.read")
    if scope is None:
        return false()
    if actor.kind == "customer":
        return and_(Channel.customer_id == actor.id, Channel.kind != "internal")
    if actor.kind == "visitor":
        return and_(Channel.visitor_id == actor.id, Channel.customer_id.is_(None))
    if actor.kind == "system":
        return true()
    return or_(takes_part(actor), and_(Channel.kind != "internal", or_(*_reached(actor, scope))))


def _reached(actor: Actor, scope: str) -> list[ColumnElement[bool]]:
    if scope == "all":
        return [true()]
    reached = [Channel.owner_id == actor.id]
    if actor.can("conversations.answer"):
        reached.append(Channel.state == "waiting")
    if scope == "team" and actor.department:
        team = select(Employee.person_id).where(Employee.department == actor.department)
        reached.append(Channel.owner_id.in_(team))
    return reached
