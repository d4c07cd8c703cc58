"""The list of deals, and each deal's page.

GET  /deals                    list: ?q= ?state= ?pipeline= ?stage= ?owner= ?customer= ?company= ?where= and its layout
GET  /deals/new                form: ?customer= ?stage=
GET  /deals/people             customers to choose from (fragment of the form)
POST /deals                    add
GET  /deals/<id>               everything about one deal
GET  /deals/<id>/edit          form; ?only= one field, as a fragment of the page
POST /deals/<id>               change
GET  /deals/<id>/lines         form: what is on it
POST /deals/<id>/lines/draft   the same form after one step; nothing is stored
POST /deals/<id>/lines         say what is on it
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from app.companies import actions as companies
from app.companies import queries as known_companies
from app.core import access, once, web
from app.core.access import actor
from app.core.errors import Invalid
from app.deals import forms, history, in_place
from app.deals.actions import deals as actions
from app.deals.actions import lines
from app.deals.models import Deal
from app.deals.queries import deals as queries
from app.deals.queries import pipelines
from app.engine.changes import actions as changes
from app.engine.custom_fields import forms as custom
from app.engine.custom_fields.values import by_key
from app.engine.records import pages
from app.engine.views import opening
from app.people import queries as people
from app.people.models import Customer
from app.products import queries as products
from app.sales import figures
from app.sales.forms import in_words

bp = Blueprint("deals", __name__)

FOUND_AT_MOST = 8


@bp.get("/deals")
@access.requires("deals.read")
@opening.opens("/deals")
def deals(opened: opening.Opened) -> Response:
    wanted = forms.read_filter(request.args)
    page = queries.list_deals(actor(), wanted, **opened.asked)
    count = queries.count_deals(actor(), wanted, group=opened.layout.group_key)
    more = {"narrowed": narrowed_words(wanted), "states": forms.STATE_LABELS, "can_edit": actor().can("deals.edit")}
    return opened.show("deals", page, count, wanted, **more)


def narrowed_words(wanted: queries.DealFilter) -> list[tuple[str, str]]:
    """The filters that name something else, in words, with the parameter each stands in."""
    named: list[tuple[str, str]] = []
    if wanted.owner_id:
        owner = people.find_employee(wanted.owner_id)
        named.append(("owner", f"looked after by {owner.name if owner else 'somebody unknown'}"))
    if wanted.customer_id:
        name = people.find_names(actor(), [wanted.customer_id]).get(wanted.customer_id, "somebody")
        named.append(("customer", f"of {name}"))
    if wanted.company_id:
        named.append(("company", f"of {known_companies.get_company(wanted.company_id).name}"))
    if wanted.pipeline_id:
        named.append(("pipeline", f"in {pipelines.get_pipeline(wanted.pipeline_id).name}"))
    if wanted.stage_id:
        named.append(("stage", f"in stage {pipelines.get_stage(wanted.stage_id).name}"))
    return named


@bp.get("/deals/new")
@access.requires("deals.edit")
def new_deal() -> Response:
    form = _form()
    form.once.data = once.new_token()
    form.owner_id.data = str(actor().id or "")
    form.stage_id.data = request.args.get("stage", form.stage_id.data)
    (customer_id,) = forms.ids_in([request.args.get("customer", "")])
    company_id = forms.ids_in([request.args.get("company", "")])[0]
    form.company_id.data = known_companies.get_company(company_id).name if company_id else ""
    custom.fill_new(form, "deal")
    return _show_form(form, None, customer=people.get_customer(actor(), customer_id) if customer_id else None)


@bp.get("/deals/people")
@access.requires("deals.edit")
def found_people() -> Response:
    return web.render("deals/_people.html", found=_found_people(), chosen=None)


@bp.post("/deals")
@access.requires("deals.edit")
def create_deal() -> Response:
    done = once.claim(request.form.get("once", ""))
    if done is not None:
        return web.go(done)
    form = _form()
    customer = _chosen_customer()
    typed, own = form.read(), custom.take(form, "deal", actor())
    if typed is None or own is None or (customer is None and form.customer_words.data):
        return _show_form(form, None, 422, customer=customer, found=_found_people())
    try:
        typed |= _whose(form, customer)
        stage = pipelines.get_stage(UUID(form.stage_id.data))
        change_set = changes.begin(f"Added {typed['title']}", kind="add", actor=actor())
        deal = actions.create_deal(actions.DealDetails(**typed), stage, actor=actor(), custom=by_key(own))
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, None, 422, customer=customer)
    once.remember(request.form.get("once", ""), _address(deal))
    return web.go(_address(deal), f"{deal.title} was added.", undo=change_set.undo_path)


@bp.get("/deals/<uuid:deal_id>")
@access.requires("deals.read")
def deal(deal_id: UUID) -> Response:
    found = queries.get_whole(actor(), deal_id)
    return web.render(
        "deals/record.html",
        whole=found,
        deal=found.deal,
        states=forms.STATE_LABELS,
        tones=forms.TONES,
        lines=queries.list_lines(deal_id),
        steps=history.list_steps(deal_id),
        facts=in_place.facts_of(actor(), found.deal),
        panels=pages.panels_for(actor(), "deal", deal_id, found),
        actions=pages.actions_for(actor(), "deal"),
    )


@bp.get("/deals/<uuid:deal_id>/edit")
@access.requires("deals.edit")
def edit_deal(deal_id: UUID) -> Response:
    whole = queries.get_whole(actor(), deal_id)
    form = _form(whole.deal)
    form.fill(whole.deal)
    custom.fill(form, "deal", deal_id, whole.deal.custom, actor())
    form.company_id.data = whole.company.name if whole.company else ""
    return _show_form(form, whole.deal, customer=whole.customer)


@bp.post("/deals/<uuid:deal_id>")
@access.requires("deals.edit")
def update_deal(deal_id: UUID) -> Response:
    found = queries.get_deal(actor(), deal_id)
    form = _form(found)
    customer = _chosen_customer(found)
    typed, own = form.read(), custom.take(form, "deal", actor(), found.custom)
    if typed is None or own is None or (customer is None and form.customer_words.data):
        return _show_form(form, found, 422, customer=customer, found=_found_people())
    try:
        typed |= _whose(form, customer)
        change_set = changes.begin(f"Changed {found.title}", kind="edit", actor=actor())
        actions.edit_deal(found, typed | own, actor=actor(), seen=forms.seen_values(found))
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, found, 422, customer=customer)
    return web.go(_address(found), "Saved.", undo=change_set.undo_path)


@bp.get("/deals/<uuid:deal_id>/lines")
@access.requires("deals.edit")
def edit_lines(deal_id: UUID) -> Response:
    found = queries.get_deal(actor(), deal_id)
    return show_lines(found, forms.offer_of(queries.list_lines(deal_id)))


@bp.post("/deals/<uuid:deal_id>/lines/draft")
@access.requires("deals.edit")
def step(deal_id: UUID) -> Response:
    return show_lines(queries.get_deal(actor(), deal_id), stepped_offer())


@bp.post("/deals/<uuid:deal_id>/lines")
@access.requires("deals.edit")
def save_lines(deal_id: UUID) -> Response:
    found = queries.get_deal(actor(), deal_id)
    offer = read_offer()
    wanted = offer.read()
    if wanted is None:
        return show_lines(found, offer, "Look at the marked lines.", status=422)
    try:
        change_set = changes.begin(f"Changed what is on {found.title}", kind="edit", actor=actor())
        lines.set_lines(found, wanted, actor=actor())
    except Invalid as refusal:
        return show_lines(found, offer, in_words(refusal), status=422)
    return web.go(_address(found), "Saved.", undo=change_set.undo_path)


def read_offer() -> forms.Offer:
    """What the form that was sent has on the deal."""
    named = [key for key in forms.ids_in(request.form.getlist("product")[: lines.MOST_LINES]) if key]
    return forms.read_offer(request.form, products.find_products(named) if named else {})


def stepped_offer() -> forms.Offer:
    """The same after the step that was asked for, such as one more product."""
    offer = read_offer()
    verb, _, key = request.form.get("do", "").partition(" ")
    (wanted,) = forms.ids_in([key])
    offer.take_step(verb, products.get_product(wanted) if wanted else None)
    offer.read()
    return offer


def show_lines(deal: Deal, offer: forms.Offer, problem: str = "", *, status: int = 200) -> Response:
    """The form of what is on a deal."""
    return web.render(
        "deals/lines.html",
        "deals/_lines_form.html",
        status=status,
        deal=deal,
        problem=problem,
        **lines_shown(deal, offer),
    )


def lines_shown(deal: Deal, offer: forms.Offer) -> dict[str, Any]:
    """What the part of a form needs that says what is on a deal."""
    words = offer.product_words
    return {
        "offer": offer,
        "offered": products.search_products(words, FOUND_AT_MOST) if words else figures.list_bestsellers(FOUND_AT_MOST),
        "may_price": actor().can("sales.price"),
        "currency": offer.lines[0].product.currency if offer.lines else deal.currency,
    }


def _form(deal: Deal | None = None) -> forms.DealForm:
    currency = deal.currency if deal else current_app.extensions["rapport"].currency
    ways = [] if deal else pipelines.list_ways()
    form = forms.deal_form(currency=currency, owners=people.list_owners(), ways=ways)
    if deal:
        del form.stage_id
        custom.make_ready(form, "deal", deal.deal_id, deal.custom, actor())
    return form


def _show_form(
    form: forms.DealForm,
    deal: Deal | None,
    status: int = 200,
    *,
    customer: Customer | None = None,
    found: Sequence[Customer] = (),
) -> Response:
    seen = forms.shown_values(deal) if deal else {}
    if status == 422:
        seen = {name: request.form.get(f"seen_{name}", value) for name, value in seen.items()}
    shown = {"form": form, "deal": deal, "seen": seen, "chosen": customer, "found": found}
    return web.render("deals/form.html", status=status, **shown, custom=custom.groups(form, "deal"))


def _whose(form: forms.DealForm, customer: Customer | None) -> dict[str, UUID | None]:
    """The customer chosen and the company typed; a new name makes a new company. Raises: Invalid."""
    typed = form.company_id.data or ""
    company_id = companies.find_or_add([typed], actor=actor()).get(typed) if typed else None
    return {"customer_id": customer.person_id if customer else None, "company_id": company_id}


def _chosen_customer(deal: Deal | None = None) -> Customer | None:
    """Whom the form names; a deal keeps its customer, whoever may see them."""
    (customer_id,) = forms.ids_in([request.form.get("customer_id", "")])
    if deal and customer_id and customer_id == deal.customer_id:
        return queries.get_whole(actor(), deal.deal_id).customer
    return people.get_customer(actor(), customer_id) if customer_id else None


def _found_people() -> Sequence[Customer]:
    words = request.values.get("customer_words", "").strip()[:200]
    country = current_app.extensions["rapport"].country
    return people.search_customers(actor(), words, country, FOUND_AT_MOST) if words else []


def _address(deal: Deal) -> str:
    return f"/deals/{deal.deal_id}"
