"""What consent plugs into."""

from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import BindParameter, Select, func, select

from app.core import access, layout
from app.core.access import Actor
from app.core.db import in_words
from app.engine.events import catalogue
from app.engine.records import pages
from app.engine.views.columns import add_columns
from app.people import timeline
from app.people.consent import columns, purposes, queries
from app.people.consent.access import PERMISSIONS
from app.people.consent.events import TYPES
from app.people.consent.models import LABELS, SOURCES, Consent, Wording
from app.people.consent.routes import portal, public, staff
from app.people.disclosure.parts import Part, add_part, leave_out
from app.people.filters import CUSTOMERS
from app.people.models import Customer

Rows = Select[*tuple[Any, ...]]


def add(app: Flask) -> None:
    """Add the pages, the rights, the events, and what customers' pages, lists and filters say of consent."""
    access.declare(*PERMISSIONS)
    catalogue.declare(*TYPES)
    for bp in (staff.bp, portal.bp, public.bp):
        app.register_blueprint(bp)
    app.extensions["csrf"].exempt(public.withdraw)
    CUSTOMERS.add_fields(*columns.fields())
    add_columns("/customers", *columns.columns())
    panel = pages.Panel(
        "consent", "Consent", "customers.read", "consent/_panel.html", rows=queries.rows_of, position=55
    )
    pages.add_panel("customer", panel)
    action = pages.RecordAction("Consent", "checkbox", "customers.read", _href, position=85)
    pages.add_action("customer", action)
    timeline.add_source(timeline.Source("consent", "Consent", "checkbox", "customers.read", _said))
    layout.add_nav(layout.NavItem("Consent", "/settings/consent", "checkbox", "consent.wordings", "Settings", 60))
    add_part(Part("consents", "What you agreed to", ("consents",), _disclosed))
    leave_out("what anybody may agree to", "consent_wordings")


def _href(customer: Customer) -> str:
    return f"/customers/{customer.person_id}/consents"


def _said(_actor: Actor, customer_id: BindParameter[UUID]) -> Rows:
    """When they agreed to be written to, and when no more."""
    channel = in_words(Consent.channel, {one.key: one.by for one in purposes.CHANNELS.values()})
    purpose = in_words(Consent.purpose, {one.key: one.label for one in purposes.PURPOSES.values()})
    verbs = {"granted": "Agreed to", "pending": "Was asked to confirm", "withdrawn": "Wants no"}
    return select(
        *timeline.columns(
            at=Consent.happened_at,
            kind="consent",
            title=func.concat_ws(" ", in_words(Consent.state, verbs), purpose, channel),
            detail=Consent.source_text,
            url=func.concat("/customers/", Consent.person_id, "/consents"),
        )
    ).where(Consent.person_id == customer_id)


def _disclosed(customer_id: UUID) -> Rows:
    query = select(
        Consent.happened_at.label("at"),
        Consent.recorded_at.label("recorded at"),
        in_words(Consent.channel, {one.key: one.label for one in purposes.CHANNELS.values()}).label("by"),
        Consent.purpose.label("for"),
        in_words(Consent.state, LABELS).label("state"),
        in_words(Consent.source, SOURCES).label("came by"),
        Consent.source_text.label("proof"),
        Consent.ip.label("internet address"),
        Wording.version.label("version of the words"),
        Wording.body.label("words"),
    ).outerjoin(Wording, Wording.wording_id == Consent.wording_id)
    return query.where(Consent.person_id == customer_id).order_by(Consent.happened_at, Consent.consent_id)
