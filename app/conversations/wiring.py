"""What conversations plug into."""

from flask import Flask

from app.conversations import history, queries, telling
from app.conversations.access import PERMISSIONS
from app.conversations.events import TYPES
from app.conversations.routes import inbox, portal
from app.core import access, layout
from app.engine.events import catalogue
from app.people import timeline


def add(app: Flask) -> None:
    """Declare rights and events, and add to the menu and to customers' timelines."""
    access.declare(*PERMISSIONS)
    app.register_blueprint(inbox.bp)
    app.register_blueprint(portal.bp)
    catalogue.declare(*TYPES)
    catalogue.subscribe("conversations.tell_customer", *telling.SENTENCES, handler=telling.tell_customer)
    catalogue.subscribe("conversations.tell_managers", "channel.rated", handler=telling.tell_managers)
    catalogue.subscribe("conversations.forget_customer", "customer.erased", handler=telling.forget_customer)
    for source in history.SOURCES:
        timeline.add_source(source)
    layout.add_nav(
        layout.NavItem(
            "Conversations",
            "/conversations",
            "message-2",
            "conversations.answer",
            "Day",
            position=20,
            count=queries.count_for,
            shortcut="c",
        ),
        layout.NavItem("Chats", "/portal/chats", "message-2", "conversations.request", "Day", position=10),
    )
