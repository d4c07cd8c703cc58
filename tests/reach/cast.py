"""What tests of reach need: something written, tasks that send it, and what came of it."""

from collections import Counter
from itertools import count
from typing import Any

from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.db import db
from app.engine.push import actions as push
from app.engine.push import vapid
from app.people.models import Customer
from app.reach import actions
from app.reach.actions import TaskDetails
from app.reach.messages.models import MessageType, Template, TemplateVersion
from app.reach.models import Delivery, Step, TouchTask
from tests.fakes.push_service import PushServiceProcess

LETTER = {"in_app": {"en": {"title": "Hello {customer.first_name|there}", "body": "New lamps.", "url": "/portal"}}}

_numbers = count(1)


def write(contents: dict[str, Any] = LETTER, *, purpose: str = "service", lane: str = "default", lives: int = 4320):
    """A template that says something."""
    number = next(_numbers)
    kind = MessageType(key=f"kind{number}", name=f"Kind {number}", purpose=purpose, lane=lane, lives_minutes=lives)
    db.session.add(kind)
    db.session.flush()
    template = Template(name=f"Template {number}", message_type_id=kind.message_type_id)
    db.session.add(template)
    db.session.flush()
    db.session.add(TemplateVersion(template_id=template.template_id, number=1, contents=contents))
    db.session.commit()
    return template


def make_task(template: Template, *channels: str, **what_matters: Any) -> TouchTask:
    """A draft, to everybody unless it says otherwise."""
    chosen = {"name": "Spring lamps", "template_id": template.template_id, "channels": channels or ("in_app",)}
    task = actions.create(TaskDetails(**{**chosen, **what_matters}), actor=SYSTEM)
    db.session.commit()
    return task


def launch(task: TouchTask) -> TouchTask:
    """Let it go."""
    actions.launch(task, actor=SYSTEM)
    db.session.commit()
    return task


def give_device(person: Customer, service: PushServiceProcess) -> str:
    """Let somebody switch on a browser; returns the address under which their push service knows it."""
    made = service.ask("subscribe", key=vapid.get_key().public)
    push.add_device(person.person_id, **made, device="Firefox on Linux")
    db.session.commit()
    return str(made["endpoint"])


def reasons() -> Counter[str | None]:
    """Why people got nothing; None counts those who were to get something."""
    return Counter(db.session.scalars(select(Delivery.reason)))


def kinds() -> Counter[str]:
    """What happened, how often."""
    return Counter(db.session.scalars(select(Step.kind)))
