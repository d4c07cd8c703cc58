"""What quotes plug into."""

from flask import Flask

from app.deals.quotes import actions, disclosed, queries
from app.deals.quotes.events import TYPES
from app.deals.quotes.routes import customer, staff
from app.engine.events import catalogue
from app.engine.events.models import Event
from app.engine.records import pages
from app.taxes.calculating import total_by_rate


def add(app: Flask) -> None:
    """Add the pages, the events, and what a deal's page shows of its quotes."""
    catalogue.declare(*TYPES)
    disclosed.add()
    catalogue.subscribe("quotes.forget_customer", "customer.erased", handler=_forget)
    app.register_blueprint(staff.bp)
    app.register_blueprint(customer.bp)
    panel = pages.Panel("quotes", "Quotes", "deals.read", "quotes/_panel.html", rows=queries.rows_of, position=10)
    pages.add_panel("deal", panel)
    app.jinja_env.globals["total_by_rate"] = total_by_rate
    quote = pages.RecordAction("Quote", "file-text", "deals.edit", lambda one: f"/deals/{one.deal.deal_id}/quotes/new")
    pages.add_action("deal", quote)


def _forget(event: Event) -> None:
    if event.subject_id:
        actions.forget_customer(event.subject_id)
