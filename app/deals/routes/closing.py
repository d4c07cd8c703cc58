"""Moving a deal on, and ending it.

GET  /deals/<id>/move             form: into which stage
POST /deals/<id>/move             move
GET  /deals/<id>/win              form: what was sold, and to whom
POST /deals/<id>/win/draft        the same form after one step; nothing is stored
POST /deals/<id>/win              won: write the sale
GET  /deals/<id>/loss             form: why
POST /deals/<id>/loss             lost
POST /deals/<id>/closure/delete   open it again
"""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.deals import forms
from app.deals.actions import closing, lines
from app.deals.actions import deals as actions
from app.deals.models import Deal
from app.deals.queries import deals as queries
from app.deals.queries import pipelines
from app.deals.routes.deals import lines_shown, read_offer, stepped_offer
from app.engine.changes import actions as changes
from app.people import details
from app.people import queries as people
from app.people.models import Customer
from app.sales.forms import in_words

bp = Blueprint("deal_closing", __name__)

FOUND_AT_MOST = 8


@bp.get("/deals/<uuid:deal_id>/move")
@access.requires("deals.edit")
def choose_stage(deal_id: UUID) -> Response:
    found = queries.get_deal(actor(), deal_id)
    back = web.safe_next(_address(found))
    return web.render("deals/move.html", "deals/_move.html", deal=found, ways=pipelines.list_ways(), back=back)


@bp.post("/deals/<uuid:deal_id>/move")
@access.requires("deals.edit")
def move(deal_id: UUID) -> Response:
    found = queries.get_deal(actor(), deal_id)
    stage_id, seen, below = forms.ids_in([request.form.get(name, "") for name in ("stage", "seen", "below")])
    if stage_id is None:
        raise Invalid("Choose a stage.")
    stage = pipelines.get_stage(stage_id)
    change_set = changes.begin(f"Moved {found.title} to {stage.name}", kind="move", actor=actor())
    actions.move_deal(found, stage, actor=actor(), below=below, seen_stage_id=seen)
    return web.go(web.safe_next(_address(found)), f"{found.title} is in {stage.name}.", undo=change_set.undo_path)


@bp.get("/deals/<uuid:deal_id>/win")
@access.requires("deals.edit")
def confirm_win(deal_id: UUID) -> Response:
    found = queries.get_deal(actor(), deal_id)
    return _show_win(found, forms.offer_of(queries.list_lines(deal_id)))


@bp.post("/deals/<uuid:deal_id>/win/draft")
@access.requires("deals.edit")
def step(deal_id: UUID) -> Response:
    return _show_win(queries.get_deal(actor(), deal_id), stepped_offer())


@bp.post("/deals/<uuid:deal_id>/win")
@access.requires("deals.edit")
def win(deal_id: UUID) -> Response:
    found = queries.get_deal(actor(), deal_id)
    if found.state == "won":
        return web.go(_address(found))
    offer, customer = read_offer(), _customer(found)
    wanted = offer.read()
    if wanted is None:
        return _show_win(found, offer, "Look at the marked lines.", status=422)
    try:
        if customer and customer.person_id != found.customer_id:
            actions.edit_deal(found, {"customer_id": customer.person_id}, actor=actor())
        lines.set_lines(found, wanted, actor=actor())
        receipt = closing.win_deal(found, actor=actor())
    except Invalid as refusal:
        return _show_win(found, offer, in_words(refusal), status=422)
    return web.go(_address(found), f"Won. Receipt {receipt.label}.")


@bp.get("/deals/<uuid:deal_id>/loss")
@access.requires("deals.edit")
def ask_why(deal_id: UUID) -> Response:
    return _show_loss(queries.get_deal(actor(), deal_id), {})


@bp.post("/deals/<uuid:deal_id>/loss")
@access.requires("deals.edit")
def lose(deal_id: UUID) -> Response:
    found = queries.get_deal(actor(), deal_id)
    (reason_id,) = forms.ids_in([request.form.get("reason", "")])
    try:
        note = details.plain_text(request.form.get("note", ""), closing.LONGEST_NOTE)
        change_set = changes.begin(f"Lost {found.title}", kind="lose", actor=actor())
        closing.lose_deal(found, reason_id, actor=actor(), note=note)
    except Invalid as refusal:
        return _show_loss(found, refusal.errors or {"note": [str(refusal)]}, 422)
    return web.go(web.safe_next(_address(found)), f"{found.title} is lost.", undo=change_set.undo_path)


@bp.post("/deals/<uuid:deal_id>/closure/delete")
@access.requires("deals.edit")
def reopen(deal_id: UUID) -> Response:
    found = queries.get_deal(actor(), deal_id)
    change_set = changes.begin(f"Opened {found.title} again", kind="reopen", actor=actor())
    closing.reopen_deal(found, actor=actor())
    return web.go(_address(found), f"{found.title} is open again.", undo=change_set.undo_path)


def _show_win(deal: Deal, offer: forms.Offer, problem: str = "", *, status: int = 200) -> Response:
    return web.render(
        "deals/win.html",
        "deals/_win.html",
        status=status,
        deal=deal,
        problem=problem,
        chosen=_customer(deal),
        found=_found_people(),
        **lines_shown(deal, offer),
    )


def _show_loss(deal: Deal, errors: dict[str, list[str]], status: int = 200) -> Response:
    return web.render(
        "deals/loss.html",
        "deals/_loss.html",
        status=status,
        deal=deal,
        reasons=pipelines.list_reasons(),
        errors=errors,
        typed=request.form,
        back=web.safe_next(_address(deal)),
    )


def _customer(deal: Deal) -> Customer | None:
    """Who buys: whom the form names, or the deal."""
    (customer_id,) = forms.ids_in([request.form.get("customer_id", "")])
    if customer_id:
        return people.get_customer(actor(), customer_id)
    return queries.get_whole(actor(), deal.deal_id).customer


def _found_people() -> Sequence[Customer]:
    words = request.values.get("customer_words", "").strip()[:200]
    country = current_app.extensions["rapport"].country
    return people.search_customers(actor(), words, country, FOUND_AT_MOST) if words else []


def _address(deal: Deal) -> str:
    return f"/deals/{deal.deal_id}"
