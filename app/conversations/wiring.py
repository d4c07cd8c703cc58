"""What conversations plug into."""

from functools import partial
from typing import Any

from flask import Flask

from app.conversations import bulk, columns, disclosed, filters, history, jobs, telling, throttle
from app.conversations.access import PERMISSIONS
from app.conversations.actions import snoozing
from app.conversations.availability import wiring as availability
from app.conversations.events import TYPES
from app.conversations.forms import CallForm, LoggedEmailForm
from app.conversations.queries import lists, lookup
from app.conversations.replies import wiring as replies
from app.conversations.routes import attachments, handling, inbox, logged, portal, presence, ratings, transcripts
from app.core import access, edge, layout
from app.core.access import Actor
from app.core.turns import Turns
from app.engine.changes import tables
from app.engine.events import catalogue
from app.engine.filters import fields
from app.engine.notices.topics import Topic, add_topic
from app.engine.records import kinds, pages
from app.engine.tags import taggable
from app.engine.views.columns import add_action, add_columns, add_list
from app.people import timeline
from app.people.filters import CUSTOMERS
from app.people.models import Customer

__all__ = ["add", "jobs"]

MESSAGES_AT_ONCE = 6
CONVERSATION = kinds.RecordKind(
    "conversation",
    "Conversation",
    "/conversations",
    "message-2",
    "conversations.read",
    "conversations.answer",
    lookup.names_of,
)


def add(app: Flask) -> None:
    """Declare rights and events, and add to the menu and to customers' timelines."""
    access.declare(*PERMISSIONS)
    add_topic(Topic("snoozed", "Snoozed conversations", "One comes back to you.", ("woken",)))
    add_topic(Topic("ratings", "Low ratings", "A conversation of the team gets one or two stars.", ("low-rating",)))
    disclosed.add()
    fields.add_entity(filters.CONVERSATIONS)
    filters.add_standards()
    CUSTOMERS.add_collection(filters.OF_CUSTOMERS)
    add_list(columns.INBOX)
    for action in (bulk.ASSIGN, bulk.RESOLVE, bulk.SNOOZE):
        add_action(bulk.PATH, action)
    add_columns("/customers", *columns.OF_CUSTOMERS)
    add_columns("/staff", *columns.OF_STAFF)
    app.register_blueprint(inbox.bp)
    app.register_blueprint(handling.bp)
    app.register_blueprint(attachments.bp)
    edge.add_gate(app, throttle.check)
    app.wsgi_app = Turns(app.wsgi_app, "POST .*/messages", MESSAGES_AT_ONCE)  # type: ignore[method-assign]
    for sends_files in (inbox.post, portal.post):
        app.extensions["csrf"].exempt(sends_files)  # they check the token, after allowing the larger body
    app.register_blueprint(logged.bp)
    app.register_blueprint(portal.bp)
    app.register_blueprint(ratings.bp)
    app.register_blueprint(presence.bp)
    app.register_blueprint(transcripts.bp)
    catalogue.declare(*TYPES)
    catalogue.subscribe("conversations.tell_customer", *telling.SENTENCES, handler=telling.tell_customer)
    catalogue.subscribe("conversations.tell_managers", "channel.rated", handler=telling.tell_managers)
    catalogue.subscribe("conversations.forget_customer", "customer.erased", handler=telling.forget_customer)
    kinds.add_kind(CONVERSATION)
    taggable.add_kind(CONVERSATION, filters.CONVERSATIONS)
    columns.INBOX.columns.clear()  # the inbox is no table, and draws labels by itself
    tables.after_undo("comm_channels", snoozing.follow_undo)
    for source in history.SOURCES:
        timeline.add_source(source)
    replies.add(app)
    availability.add(app)
    _add_to_customers()
    layout.add_nav(
        layout.NavItem(
            "Conversations",
            "/conversations",
            "message-2",
            "conversations.answer",
            "Day",
            position=20,
            count=lists.WAITING,
            shortcut="m",
        ),
        layout.NavItem("Chats", "/portal/chats", "message-2", "conversations.request", "Day", position=10),
    )


def _add_to_customers() -> None:
    """What a customer's page gains: ways to talk, and the conversation that goes on."""
    answer = "conversations.answer"
    pages.add_action(
        "customer",
        pages.RecordAction(
            "Chat",
            "message-2",
            answer,
            lambda customer: f"/conversations/new?customer={customer.person_id}",
            position=10,
        ),
    )
    pages.add_action(
        "customer",
        pages.RecordAction(
            "Call", "phone", answer, lambda customer: f"/customers/{customer.person_id}/call", position=12
        ),
    )
    for key, title, make_form, position in (("call", "Call", CallForm, 20), ("email", "Email", LoggedEmailForm, 30)):
        composer = pages.Panel(
            f"log-{key}",
            title,
            answer,
            f"conversations/_{key}_log.html",
            load=partial(_blank, make_form),
            position=position,
            place="composer",
        )
        pages.add_panel("customer", composer)
    pages.add_panel(
        "customer",
        pages.Panel(
            "conversations",
            "Open conversation",
            "conversations.read",
            "conversations/_open.html",
            lambda actor, customer: {"channel": lookup.find_open_with(actor, customer.person_id)},
            position=30,
        ),
    )


def _blank(make_form: type[CallForm] | type[LoggedEmailForm], _actor: Actor, _customer: Customer) -> Any:
    return make_form()
