"""A welcome to whoever registers: one message, once, by the first way that is open to them."""

from sqlalchemy import exists, select

from app.core.access import Actor
from app.core.db import db
from app.core.errors import Conflict
from app.reach import actions
from app.reach.actions import TaskDetails
from app.reach.messages.actions import templates
from app.reach.messages.actions.templates import TemplateDetails
from app.reach.messages.models import MessageType
from app.reach.models import TouchTask

NAME, EVENT = "Welcome", "customer.registered"
CHANNELS = ("push", "email", "in_app")
"""Whoever switched a browser on is reached there, others by mail; who has neither finds a letter."""
HELLO = "Welcome, {customer.first_name|and good to have you here}!"
BODY = "Thank you for registering. Write to us whenever something is unclear: we are glad to help."
LETTER = {"title": HELLO, "body": BODY, "url": "/portal"}
WORDS = {"push": {"en": LETTER}, "email": {"en": {"subject": HELLO, "body": BODY}}, "in_app": {"en": LETTER}}


def set_up(*, actor: Actor) -> TouchTask | None:
    """Welcome every customer who registers from now on; None where a task does so already.

    It is a touch task like any other: its words, channels and conditions are changed on its pages.
    Raises: Conflict when no message type is for service.
    """
    answered = TouchTask.event_type == EVENT, TouchTask.state.in_(("draft", "running", "paused"))
    if db.session.scalar(select(exists().where(*answered))):
        return None
    about = (MessageType.purpose == "service", MessageType.archived_at.is_(None))
    kind = db.session.scalars(select(MessageType).where(*about).order_by(MessageType.created_at)).first()
    if kind is None:
        raise Conflict("There is no message type for service: add one first.")
    template = templates.create_template(TemplateDetails(NAME, kind.message_type_id), WORDS, actor=actor)
    details = TaskDetails(
        NAME, template.template_id, CHANNELS, "Once, to whoever registers.", timing="event", event_type=EVENT
    )
    task = actions.create(details, actor=actor)
    actions.launch(task, actor=actor)
    return task
