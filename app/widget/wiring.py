"""What the widget plugs into."""

from flask import Flask

from app.conversations import live
from app.conversations.queries import facts
from app.core import access, layout
from app.engine.codes import jobs as codes
from app.engine.events import catalogue
from app.people.disclosure.parts import leave_out
from app.widget import queries, sessions
from app.widget.access import PERMISSIONS
from app.widget.actions import forgetting
from app.widget.events import TYPES
from app.widget.routes import beside, demo, frame, settings, talk


def add(app: Flask) -> None:
    """Add the pages, the rights and the events, and let streams open for visitors."""
    access.declare(*PERMISSIONS)
    catalogue.declare(*TYPES)
    catalogue.subscribe("widget.forget_customer", "customer.erased", handler=forgetting.forget_customer)
    catalogue.subscribe("widget.forget_texts", "visitors.forgotten", handler=codes.forget_values)
    for bp in (frame.bp, talk.bp, demo.bp, settings.bp, beside.bp):
        app.register_blueprint(bp)
    app.extensions["csrf"].exempt(talk.bp)
    layout.add_nav(
        layout.NavItem("Chat on web pages", "/settings/widgets", "message-2", "widgets.configure", "Settings", 54)
    )
    live.vouch(sessions.still_live)
    facts.know_visitors(queries.visitor_column(), queries.visitor_as_seen)
    leave_out("how a page is recognised again, and what goes out by mail", "mailed_answers", "widget_sessions")
    leave_out("secrets that a customer was sent, long used or expired", "widget_codes", "widget_links")
    leave_out("whom nobody could name, until their words became the customer's messages", "visitors")
