"""Quotes as staff make and send them.

GET  /quotes                      list: ?q= ?state= ?where= and its layout
GET  /deals/<id>/quotes/new       form: ?replaces= a quote, for its next version
POST /deals/<id>/quotes           make it
GET  /quotes/<id>                 one quote, and what became of it
GET  /quotes/<id>/quote.pdf       on paper
POST /quotes/<id>/link[/delete]   a new link for the customer, shown once; end it
POST /quotes/<id>/mail            mail the customer a link
POST /quotes/<id>/withdrawal      take it back
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from app.core import access, web
from app.core.access import actor
from app.core.clock import today
from app.core.errors import Conflict, Invalid
from app.deals.forms import ids_in
from app.deals.models import Deal
from app.deals.queries import deals, pipelines
from app.deals.quotes import actions, queries
from app.deals.quotes.forms import STATE_LABELS, TONES, QuoteForm, read_filter
from app.deals.quotes.models import Quote
from app.deals.quotes.routes import sending
from app.engine.views import opening
from app.people import privacy

bp = Blueprint("quotes", __name__)


@bp.get("/quotes")
@access.requires("deals.read")
@opening.opens("/quotes")
def quotes(opened: opening.Opened) -> Response:
    wanted = read_filter(request.args)
    page = queries.page_of_quotes(actor(), wanted, **opened.asked)
    count = queries.count_quotes(actor(), wanted, group=opened.layout.group_key)
    return opened.show("quotes", page, count, wanted, states=STATE_LABELS)


@bp.get("/deals/<uuid:deal_id>/quotes/new")
@access.requires("deals.edit")
def new_quote(deal_id: UUID) -> Response:
    deal = deals.get_deal(actor(), deal_id)
    earlier = _replaced(deal)
    form = _form(deal)
    form.begin(today(), earlier)
    return _show_form(form, deal, earlier)


@bp.post("/deals/<uuid:deal_id>/quotes")
@access.requires("deals.edit")
def make(deal_id: UUID) -> Response:
    deal = deals.get_deal(actor(), deal_id)
    earlier = _replaced(deal)
    form = _form(deal)
    typed = form.read()
    if typed is None:
        return _show_form(form, deal, earlier, 422)
    try:
        quote = actions.make_quote(deal, typed, actor=actor(), replaces=earlier)
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, deal, earlier, 422)
    return web.go(_address(quote), f"Quote {quote.label} is made. Send it, or copy a link.")


@bp.get("/quotes/<uuid:quote_id>")
@access.requires("deals.read")
def quote(quote_id: UUID) -> Response:
    return _show(*queries.get_quote(actor(), quote_id))


@bp.get("/quotes/<uuid:quote_id>/quote.pdf")
@access.requires("deals.read")
def pdf(quote_id: UUID) -> Response:
    found, _deal = queries.get_quote(actor(), quote_id)
    return sending.send_pdf(found)


@bp.post("/quotes/<uuid:quote_id>/link")
@access.requires("deals.edit")
def make_link(quote_id: UUID) -> Response:
    found, deal = queries.get_quote(actor(), quote_id)
    token = actions.make_link(found)
    return _show(found, deal, link=web.public_url(f"/q/{token}"))


@bp.post("/quotes/<uuid:quote_id>/link/delete")
@access.requires("deals.edit")
def revoke_link(quote_id: UUID) -> Response:
    found, _deal = queries.get_quote(actor(), quote_id)
    actions.revoke_link(found)
    return web.go(_address(found), "The link no longer works.")


@bp.post("/quotes/<uuid:quote_id>/mail")
@access.requires("deals.edit")
def send(quote_id: UUID) -> Response:
    found, deal = queries.get_quote(actor(), quote_id)
    customer = actions.send_quote(found, deal, actor=actor(), workspace=current_app.extensions["rapport"].workspace)
    return web.go(_address(found), f"Quote {found.label} goes to {privacy.email_of(customer, actor())}.")


@bp.post("/quotes/<uuid:quote_id>/withdrawal")
@access.requires("deals.edit")
def withdraw(quote_id: UUID) -> Response:
    found, _deal = queries.get_quote(actor(), quote_id)
    actions.withdraw_quote(found, actor=actor())
    return web.go(_address(found), f"Quote {found.label} is withdrawn.")


def _replaced(deal: Deal) -> Quote | None:
    """The quote of which the next version is asked for. Raises: Conflict for one of another deal."""
    (quote_id,) = ids_in([request.values.get("replaces", "")])
    if quote_id is None:
        return None
    earlier, of_deal = queries.get_quote(actor(), quote_id)
    if of_deal.deal_id != deal.deal_id:
        raise Conflict("That quote belongs to another deal.")
    return earlier


def _form(deal: Deal) -> QuoteForm:
    form = QuoteForm()
    form.offer_stages(pipelines.list_open_stages(deal.pipeline_id))
    return form


def _show_form(form: QuoteForm, deal: Deal, earlier: Quote | None, status: int = 200) -> Response:
    lines = deals.list_lines(deal.deal_id)
    return web.render("quotes/form.html", status=status, form=form, deal=deal, earlier=earlier, lines=lines)


def _show(quote: Quote, deal: Deal, **more: Any) -> Response:
    stage = pipelines.get_stage(quote.accept_stage_id) if quote.accept_stage_id else None
    return web.render(
        "quotes/record.html",
        quote=quote,
        deal=deal,
        lines=queries.list_lines(quote.quote_id),
        states=STATE_LABELS,
        tones=TONES,
        accept_stage=stage,
        is_valid=quote.is_valid_on(today()),
        can_edit=actor().can("deals.edit"),
        **{"link": "", **more},
    )


def _address(quote: Quote) -> str:
    return f"/quotes/{quote.quote_id}"
