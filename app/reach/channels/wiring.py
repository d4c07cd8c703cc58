"""What channels plug into."""

from flask import Flask

from app.core import layout
from app.engine.events import catalogue
from app.engine.records import pages
from app.reach.channels import email, popup, push, queries, receipts, sms, webhook  # noqa: F401 - channels add themselves
from app.reach.channels.events import TYPES
from app.reach.channels.routes import hooks, leaving, providers, suppressions


def add(app: Flask) -> None:
    """Add the ways to reach people and the way out of it, the pages, the events, and what a customer's page says."""
    catalogue.declare(*TYPES)
    catalogue.subscribe("reach.bounced_mail", "email.bounced", handler=receipts.hear_of_bounce)
    catalogue.subscribe("reach.returned_mail", "email.returned", handler=receipts.hear_of_return)
    for blueprint in (hooks.bp, leaving.bp, providers.bp, suppressions.bp):
        app.register_blueprint(blueprint)
    for without_cookie in (leaving.leave, hooks.bp):
        app.extensions["csrf"].exempt(without_cookie)
    panel = pages.Panel(
        "suppressed",
        "Not written to",
        "customers.read",
        "reach/_suppressed.html",
        rows=queries.rows_of,
        place="head",
        position=96,
    )
    pages.add_panel("customer", panel)
    layout.add_nav(layout.NavItem("Channels", "/reach/channels", "send", "reach.read", "Settings", 55))
