"""The demo company’s touch tasks: a letter and a pop-up that went out, one still prepared, and a welcome."""

from uuid import UUID

from sqlalchemy import select

from app.accounts import sign_ins
from app.core.db import db
from app.reach import actions
from app.reach.actions import TaskDetails
from app.reach.messages.models import Template


def make_touches(manager_id: UUID) -> None:
    """Prepare four tasks and launch three of them; what went out is sent as soon as workers are there."""
    actor = sign_ins.actor_for(manager_id)
    assert actor is not None
    welcome, offer = _template("Welcome"), _template("We have missed you")
    sent = TaskDetails(
        "Hello again, France",
        template_id=welcome,
        channels=("in_app",),
        comment="For the opening of the new store room.",
        tree={"f": "country", "op": "in", "v": ["France"]},
    )
    shown = TaskDetails(
        "Open until eight",
        template_id=_template("Late opening"),
        channels=("popup",),
        comment="Whoever comes to the portal before Thursday sees it once.",
        tree={"f": "country", "op": "in", "v": ["United Kingdom"]},
    )
    answer = TaskDetails(
        "Welcome to whoever registers",
        template_id=welcome,
        channels=("in_app",),
        timing="event",
        event_type="customer.registered",
    )
    for details in (sent, shown, answer):
        actions.launch(actions.create(details, actor=actor), actor=actor)
    draft = TaskDetails(
        "10% for who stayed away",
        template_id=offer,
        channels=("email", "in_app"),
        tree={"agg": "count", "of": "purchases", "window": {"last": "180d"}, "op": "is", "v": 0},
    )
    actions.create(draft, actor=actor)


def _template(name: str) -> UUID:
    return db.session.scalars(select(Template.template_id).where(Template.name == name)).one()
