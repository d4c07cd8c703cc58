"""What mailboxes plug into."""

from flask import Flask

from app.conversations import ways
from app.conversations.queries import transcript
from app.core import access, layout
from app.engine.events import catalogue
from app.engine.records import pages
from app.mailboxes import disclosed, jobs, offering, queries
from app.mailboxes.access import PERMISSIONS
from app.mailboxes.actions import bouncing, forgetting
from app.mailboxes.events import TYPES
from app.mailboxes.routes import hooks, mails, settings

__all__ = ["add", "jobs"]


def add(app: Flask) -> None:
    """Add the pages, the rights, the events, and mails to conversations and to customers' pages."""
    access.declare(*PERMISSIONS)
    disclosed.add()
    catalogue.declare(*TYPES)
    catalogue.subscribe("mailboxes.note_refusal", "mail.refused", handler=bouncing.note_refusal)
    catalogue.subscribe("mailboxes.forget_customer", "customer.erased", handler=forgetting.forget_customer)
    for blueprint in (hooks.bp, mails.bp, settings.bp):
        app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(hooks.bp)
    transcript.know_more("email", queries.more_about)
    ways.add_way(ways.Way("email", offering.offer, offering.send))
    pages.add_action(
        "customer",
        pages.RecordAction(
            "Email",
            "mail",
            "conversations.answer",
            lambda customer: f"/customers/{customer.person_id}/email",
            position=11,
        ),
    )
    bounce = pages.Panel(
        "bounce", "Mail comes back", "customers.read", "mailboxes/_bounce.html", rows=queries.bounce_of,
        place="head", position=95,
    )  # fmt: skip
    pages.add_panel("customer", bounce)
    layout.add_nav(
        layout.NavItem("Mailboxes", "/settings/mailboxes", "mail", "mailboxes.configure", "Settings", 53),
    )
