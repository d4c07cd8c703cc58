"""Quotes of deals.

/quotes  /deals/{id}/quotes  /quotes/{id}  .../pdf  .../link  .../mailing  .../withdrawal
"""

from typing import Any
from uuid import UUID

from flask import current_app
from flask.views import MethodView

from app.api.contract import Attachment, Blueprint
from app.api.resources.doors import named
from app.api.schemas import deals as shapes
from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.core.paging import Page
from app.deals.models import Deal
from app.deals.queries import deals
from app.deals.quotes import actions, papers, queries
from app.deals.quotes.models import Quote

bp = Blueprint("Quotes", "What is offered in a deal, in writing, with a number and versions.")

EXAMPLE = {"valid_until": "2031-03-30", "terms": "Half in advance."}


@bp.route("/quotes")
class Quotes(MethodView):
    @bp.lists(shapes.Quote, shapes.QuoteQuery)
    @access.requires("deals.read")
    def get(self, wanted: dict[str, Any]) -> Page[Quote]:
        """List and search the quotes of all deals"""
        narrowed = queries.QuoteFilter(**{name: wanted[name] for name in ("q", "state", "where")})
        page = queries.page_of_quotes(
            actor(), narrowed, sort=wanted["sort"], cursor=wanted["after"], size=wanted["limit"]
        )
        return Page([row.quote for row in page.rows], page.next, page.previous, page.size, page.sort)


@bp.route("/deals/<uuid:deal_id>/quotes")
class QuotesOfDeal(MethodView):
    @bp.lists(shapes.Quote)
    @access.requires("deals.read")
    def get(self, _wanted: dict[str, Any], deal_id: UUID) -> Page[Quote]:
        """List the quotes of a deal and their versions, all on one page"""
        made = queries.list_quotes(deals.get_deal(actor(), deal_id).deal_id)
        return Page(made, None, None, len(made))

    @bp.creates(shapes.QuoteIn, shapes.Quote, example=EXAMPLE, at="/quotes")
    @access.requires("deals.edit")
    def post(self, values: dict[str, Any], deal_id: UUID) -> Quote:
        """Write down what is on a deal now as a quote, or as the next version of one"""
        deal = deals.get_deal(actor(), deal_id)
        earlier_id = values.pop("replaces")
        earlier = named("replaces", lambda: _of_deal(earlier_id, deal)) if earlier_id else None
        return actions.make_quote(deal, actions.QuoteDetails(**values), actor=actor(), replaces=earlier)


def _of_deal(quote_id: UUID, deal: Deal) -> Quote:
    quote, whose = queries.get_quote(actor(), quote_id)
    if whose.deal_id != deal.deal_id:
        raise Invalid(errors={"replaces": ["That quote belongs to another deal."]})
    return quote


@bp.route("/quotes/<uuid:quote_id>")
class OneQuote(MethodView):
    @bp.reads(shapes.Quote)
    @access.requires("deals.read")
    def get(self, quote_id: UUID) -> Quote:
        """Read a quote, and what became of it"""
        return queries.get_quote(actor(), quote_id)[0]


@bp.route("/quotes/<uuid:quote_id>/pdf")
class QuotePdf(MethodView):
    @bp.sends("application/pdf")
    @access.requires("deals.read")
    def get(self, quote_id: UUID) -> Attachment:
        """Fetch a quote as it is printed"""
        name, drawn = papers.draw(queries.get_quote(actor(), quote_id)[0])
        return Attachment(name, "application/pdf", drawn)


@bp.route("/quotes/<uuid:quote_id>/link")
class Link(MethodView):
    @bp.does(shapes.QuoteLink)
    @access.requires("deals.edit")
    def post(self, quote_id: UUID) -> dict[str, Any]:
        """Make a link where the customer reads and answers an open quote; an earlier one stops working

        The address is told once: whoever has it can answer.
        """
        quote, _deal = queries.get_quote(actor(), quote_id)
        return {"id": quote.quote_id, "address": web.public_url(f"/q/{actions.make_link(quote)}")}

    @bp.does(shapes.Quote)
    @access.requires("deals.edit")
    def delete(self, quote_id: UUID) -> Quote:
        """Let the link work no more"""
        quote, _deal = queries.get_quote(actor(), quote_id)
        actions.revoke_link(quote)
        return quote


@bp.route("/quotes/<uuid:quote_id>/mailing")
class Mailing(MethodView):
    @bp.does(shapes.Quote)
    @access.requires("deals.edit")
    def post(self, quote_id: UUID) -> Quote:
        """Mail the customer a link where they read and answer it; an earlier link stops working"""
        quote, deal = queries.get_quote(actor(), quote_id)
        actions.send_quote(quote, deal, actor=actor(), workspace=current_app.extensions["rapport"].workspace)
        return quote


@bp.route("/quotes/<uuid:quote_id>/withdrawal")
class Withdrawal(MethodView):
    @bp.does(shapes.Quote)
    @access.requires("deals.edit")
    def post(self, quote_id: UUID) -> Quote:
        """Take an open quote back; its page says so"""
        quote, _deal = queries.get_quote(actor(), quote_id)
        actions.withdraw_quote(quote, actor=actor())
        return quote
