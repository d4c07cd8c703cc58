"""What quotes plug into."""

from collections.abc import Sequence

from flask import Flask

from app.core import layout
from app.core.access import Actor
from app.deals.quotes import actions, columns, disclosed, filters, queries
from app.deals.quotes.events import TYPES
from app.deals.quotes.routes import customer, staff
from app.engine.events import catalogue
from app.engine.events.models import Event
from app.engine.filters import fields
from app.engine.notices.topics import Topic, add_topic
from app.engine.records import kinds as records
from app.engine.records import pages
from app.engine.views.columns import add_list
from app.taxes.calculating import total_by_rate

QUOTE = records.RecordKind("quote", "Quote", "/quotes", "file-text", "deals.read", "deals.edit", queries.find_names)


def add(app: Flask) -> None:
    """Add the pages, the events, and what a deal's page shows of its quotes."""
    catalogue.declare(*TYPES)
    disclosed.add()
    records.add_kind(QUOTE)
    fields.add_entity(filters.QUOTES)
    add_list(columns.QUOTES, *columns.COLUMNS)
    layout.add_nav(layout.NavItem("Quotes", "/quotes", "file-text", "deals.read", "Day", 46))
    layout.add_search(layout.SearchSource("Quotes", "deals.read", _find))
    catalogue.subscribe("quotes.forget_customer", "customer.erased", handler=_forget)
    app.register_blueprint(staff.bp)
    app.register_blueprint(customer.bp)
    add_topic(Topic("quotes", "Quotes", "A customer accepts or declines a quote of yours.", ("quote",)))
    panel = pages.Panel("quotes", "Quotes", "deals.read", "quotes/_panel.html", rows=queries.rows_of, position=10)
    pages.add_panel("deal", panel)
    app.jinja_env.globals["total_by_rate"] = total_by_rate
    quote = pages.RecordAction("Quote", "file-text", "deals.edit", lambda one: f"/deals/{one.deal.deal_id}/quotes/new")
    pages.add_action("deal", quote)


def _find(actor: Actor, words: str, limit: int) -> Sequence[layout.Hit]:
    return [
        layout.Hit(row.quote.label, f"/quotes/{row.quote.quote_id}", "file-text", row.deal_title)
        for row in queries.search_quotes(actor, words, limit)
    ]


def _forget(event: Event) -> None:
    if event.subject_id:
        actions.forget_customer(event.subject_id)
