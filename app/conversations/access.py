"""Who may see and do what in conversations."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, Uuid, and_, bindparam, exists, false, literal, or_, select, true

from app.conversations.models import Channel, Participant
from app.core.access import Actor, Permission, Scope
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


class Sight(NamedTuple):
    """What the SQL of what somebody sees depends on; the same for many, so that a few statements serve everybody.

    Who they are goes in beside it, as `values_of`.
    """

    kind: str
    scope: Scope | None
    answers: bool
    has_team: bool

    @property
    def is_guest(self) -> bool:
        """Whom the shop talks with."""
        return self.kind in ("customer", "visitor")


ME, MY_TEAM = bindparam("me", type_=Uuid()), bindparam("my_team", type_=Text())


def sight_of(actor: Actor) -> Sight:
    """How far an actor sees."""
    may_answer = actor.can("conversations.answer")
    return Sight(actor.kind, actor.scope("conversations.read"), may_answer, bool(actor.department))


def values_of(actor: Actor) -> dict[str, Any]:
    """What a statement with the condition `visible_with` is executed with."""
    return {"me": actor.id, "my_team": actor.department}


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `Channel` that holds for the channels this actor may see.

    A customer sees their own; so does a visitor, until proved to be a customer. An employee
    sees where they take part and, of the others, what the scope reaches and what waits;
    internal ones only as a participant.
    """
    return visible_with(sight_of(actor), literal(actor.id, Uuid()), literal(actor.department, Text()))


def visible_with(
    sight: Sight, me: ColumnElement[Any] = ME, my_team: ColumnElement[Any] = MY_TEAM
) -> ColumnElement[bool]:
    """The same for everybody who sees as far, for a statement that is kept."""
    if sight.scope is None:
        return false()
    if sight.kind == "customer":
        return and_(Channel.customer_id == me, Channel.kind != "internal")
    if sight.kind == "visitor":
        return and_(Channel.visitor_id == me, Channel.customer_id.is_(None))
    if sight.kind == "system":
        return true()
    takes_part = exists(
        select(Participant.person_id).where(
            Participant.channel_id == Channel.channel_id, Participant.person_id == me, Participant.left_at.is_(None)
        )
    )
    return or_(takes_part, and_(Channel.kind != "internal", or_(*_reached(sight, me, my_team))))


def _reached(sight: Sight, me: ColumnElement[Any], my_team: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    if sight.scope == "all":
        return [true()]
    reached = [Channel.owner_id == me]
    if sight.answers:
        reached.append(Channel.state == "waiting")
    if sight.scope == "team" and sight.has_team:
        team = select(Employee.person_id).where(Employee.department == my_team)
        reached.append(Channel.owner_id.in_(team))
    return reached
