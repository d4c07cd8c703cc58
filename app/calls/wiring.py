"""What calls plug into."""

from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Select, select

from app.calls import jobs, queries
from app.calls.access import PERMISSIONS
from app.calls.events import TYPES
from app.calls.models import Call
from app.calls.routes import hooks, pages
from app.core import access, layout
from app.core.db import db
from app.engine.events import catalogue
from app.engine.events.models import Event
from app.engine.notices.topics import Topic, add_topic
from app.engine.records import pages as records
from app.people.disclosure.parts import Part, add_part, leave_out

__all__ = ["add", "jobs"]


def add(app: Flask) -> None:
    """Add the pages, the rights, the events, and calling to customers' pages."""
    access.declare(*PERMISSIONS)
    add_topic(Topic("calls", "Calls", "A customer calls.", ("call",), urgency="high"))
    catalogue.declare(*TYPES)
    catalogue.subscribe("calls.forget_customer", "customer.erased", handler=_forget_customer)
    for blueprint in (hooks.bp, pages.bp):
        app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(hooks.bp)
    add_part(Part("calls_carried", "Calls as they were carried", ("calls",), _disclosed))
    records.add_action(
        "customer",
        records.RecordAction(
            "Call through the provider",
            "phone",
            "conversations.answer",
            lambda customer: f"/customers/{customer.person_id}/phone-calls",
            position=85,
            is_post=True,
            is_offered=queries.has_provider,
        ),
    )
    layout.add_nav(layout.NavItem("Phone", "/settings/phone", "phone", "calls.configure", "Settings", 54))
    layout.add_own_part(layout.OwnPart("calls/_own.html", "conversations.answer", queries.RINGING))
    leave_out("what staff want when the phone rings", "ringing_choices")
    layout.add_command("conversations.answer", layout.Hit("Calls", "/calls", "phone"))


def _forget_customer(event: Event) -> None:
    """The number goes; that there was a call stays."""
    for call in db.session.scalars(select(Call).where(Call.customer_id == event.subject_id)):
        call.number, call.sid = None, None


def _disclosed(customer_id: UUID) -> Select[*tuple[Any, ...]]:
    query = select(Call.started_at.label("at"), Call.state, Call.duration_seconds.label("seconds"))
    return query.where(Call.customer_id == customer_id).order_by(Call.started_at)
