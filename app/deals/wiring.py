"""What deals plug into."""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from flask import Flask

from app.core import access, layout
from app.core.access import Actor
from app.core.money import format_money
from app.deals import bulk, columns, disclosed, filters, history, in_place
from app.deals.access import PERMISSIONS
from app.deals.actions import deals as actions
from app.deals.events import TYPES
from app.deals.models import Deal
from app.deals.queries import deals as queries
from app.deals.routes import board, closing, deals, pipelines
from app.engine.bulk import kinds as bulk_kinds
from app.engine.custom_fields import kinds as custom_fields
from app.engine.events import catalogue
from app.engine.exports import offers
from app.engine.filters.fields import ENTITIES
from app.engine.inline import sheets as inline
from app.engine.records import kinds as records
from app.engine.records import merging, pages
from app.engine.tags import taggable
from app.engine.views.columns import add_action, add_columns, add_list
from app.people import timeline
from app.tasks import calendar

DEAL = records.RecordKind("deal", "Deal", "/deals", "briefcase", "deals.read", "deals.edit", queries.find_names)


def add(app: Flask) -> None:
    """Add the pages, the rights, the events, and what other pages show of deals."""
    config = app.extensions["rapport"]
    access.declare(*PERMISSIONS)
    disclosed.add()
    catalogue.declare(*TYPES)
    records.add_kind(DEAL)
    filters.add(config.currency, config.time_zone)
    inline.add_sheet(in_place.SHEET)
    add_list(columns.DEALS, *columns.DEAL_COLUMNS)
    offers.offer(columns.DEALS)
    bulk_kinds.add_field(bulk.PATH, *bulk.FIELDS)
    add_action(bulk.PATH, bulk.EDIT)
    add_action(bulk.PATH, bulk.MOVE)
    add_columns("/customers", *columns.OF_CUSTOMERS)
    for part in (deals, board, closing, pipelines):
        app.register_blueprint(part.bp)
    layout.add_nav(layout.NavItem("Deals", "/deals", "briefcase", "deals.read", "Day", 45, shortcut="d"))
    pipelines_item = layout.NavItem(
        "Pipelines", "/settings/pipelines", "layout-kanban", "deals.arrange", "Settings", 22
    )
    layout.add_nav(pipelines_item)
    layout.add_search(layout.SearchSource("Deals", "deals.read", _find))
    layout.add_command("deals.edit", layout.Hit("Add deal", "/deals/new", "briefcase"))
    timeline.add_source(timeline.Source("deals", "Deals", "briefcase", "deals.read", history.of_customer, tint="money"))
    panel = pages.Panel("deals", "Deals", "deals.read", "deals/_panel.html", rows=history.rows_of, position=20)
    for kind in ("customer", "company"):
        pages.add_panel(kind, panel)
        merging.follow(kind, actions.follow_merge)
    pages.add_action("customer", _new_deal("/deals/new?customer=", attrgetter("person_id")))
    pages.add_action("company", _new_deal("/deals/new?company=", attrgetter("company_id")))
    taggable.add_kind(DEAL, ENTITIES["deal"])
    custom_fields.add_kind(custom_fields.CustomKind(ENTITIES["deal"], Deal, row_of=attrgetter("deal")))
    calendar.add_source(calendar.CalendarSource("deals", "deals.read", history.on_days))


def _find(actor: Actor, words: str, limit: int) -> Sequence[layout.Hit]:
    return [
        layout.Hit(deal.title, f"/deals/{deal.deal_id}", "briefcase", format_money(deal.value_minor, deal.currency))
        for deal in queries.search_deals(actor, words, limit)
    ]


def _new_deal(href: str, key: Callable[[Any], UUID]) -> pages.RecordAction:
    return pages.RecordAction("New deal", "briefcase", "deals.edit", lambda row: f"{href}{key(row)}", position=45)
