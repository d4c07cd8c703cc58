"""Pages about customers, and a customer's own profile.

GET  /customers                               list: ?q= ?stage= ?country= ?owner= ?company= ?state= ?where= ...
GET  /customers/new                           form
GET  /customers/alike                         who may be the same person (fragment of the form)
POST /customers                               add
GET  /customers/<id>                          everything about one customer
GET  /customers/<id>/timeline                 older items of the stream
GET  /customers/<id>/neighbours               who stands beside them in the list `?in=` (fragment; `?way=` goes there)
GET  /customers/<id>/edit                     form
POST /customers/<id>                          change
POST /customers/<id>/conversion               make a lead or prospect a customer
POST /customers/<id>/deactivation[/delete]    keep out, let in again
POST /customers/<id>/revelation               masked contact details in full
GET  /customers/<id>/erasure                  what erasing means
POST /customers/<id>/erasure                  erase
GET  /portal/profile                          one's own details
POST /portal/profile                          change them
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.core import access, once, web
from app.core.access import actor
from app.core.edits import Clash
from app.core.errors import Invalid
from app.engine.changes import actions as changes
from app.engine.custom_fields import forms as custom
from app.engine.custom_fields import values as custom_values
from app.engine.records import pages
from app.engine.views import columns, opening
from app.engine.views.actions import state_of
from app.people import actions, conversion, details, employers, forms, in_place, privacy, queries, timeline
from app.people.models import Customer

bp = Blueprint("people", __name__)


@bp.get("/customers")
@access.requires("customers.read")
@opening.opens("/customers")
def customers(opened: opening.Opened) -> Response:
    wanted = forms.read_filter(request.args)
    page = queries.list_customers(actor(), wanted, country_code=_country(), **opened.asked)
    if wanted.q and not page.rows:
        wanted = replace(wanted, is_loose=True)
        page = queries.list_customers(actor(), wanted, country_code=_country(), **opened.asked)
    count = page.count or queries.count_customers(actor(), wanted, _country(), group=opened.layout.group_key)
    return opened.show(
        "people",
        page,
        count,
        wanted,
        owner=queries.find_employee(wanted.owner_id),
        company_name=employers.name_of(actor(), wanted.company_id),
        stages=forms.STAGE_LABELS,
        can_edit=actor().can("customers.edit"),
    )


@bp.get("/customers/new")
@access.requires("customers.edit")
def new_customer() -> ResponseReturnValue:
    form = forms.customer_form(actor())
    form.print_token()
    custom.fill_new(form, "customer")
    if "phone" in form and not form.phone.data:
        form.phone.data = request.args.get("phone", "")[:40]
    return _show_form(form, None)


@bp.get("/customers/alike")
@access.requires("customers.edit")
def alike() -> ResponseReturnValue:
    name = f"{request.args.get('first_name', '')} {request.args.get('last_name', '')}"[:400]
    return web.render("people/_alike.html", alike=_alike(name, request.args.get("phone", "")))


@bp.post("/customers")
@access.requires("customers.edit")
def create_customer() -> ResponseReturnValue:
    done = once.claim(request.form.get("once", ""))
    if done is not None:
        return web.go(done)
    form = forms.customer_form(actor())
    values = form.read_all(_country(), actor())
    if values is None:
        return _show_form(form, None, 422)
    typed = actions.CustomerDetails(**{name: value for name, value in values.items() if name in forms.FIELDS})
    same = () if form.anyway.data else _alike(f"{typed.first_name} {typed.last_name}", typed.phone or "")
    if same:
        return _show_form(form, None, 422, alike=same)
    try:
        change_set = changes.begin(f"Added {_name_of(typed)}", kind="add", actor=actor())
        customer = actions.register_customer(typed, actor=actor(), custom=custom_values.by_key(values))
    except Invalid as refusal:
        form.refuse_all(refusal)
        return _show_form(form, None, 422)
    address = _address(customer)
    once.remember(request.form.get("once", ""), address)
    return web.go(address, f"{customer.name} was added.", undo=change_set.undo_path)


@bp.get("/customers/<uuid:customer_id>")
@access.requires("customers.read")
def customer(customer_id: UUID) -> ResponseReturnValue:
    found, owner = queries.get_customer_and_owner(actor(), customer_id)
    return web.render(
        "people/record.html",
        customer=found,
        owner=owner,
        stages=forms.STAGE_LABELS,
        in_list=_list_of_origin(),
        facts=in_place.facts_of(actor(), found),
        may_note=actor().can("notes.write") and actor().can("customers.edit"),
        contact=privacy.contact_of(found, actor()),
        can_reveal=actor().can("pii.reveal"),
        panels=pages.panels_for(actor(), "customer", customer_id, found),
        actions=pages.actions_for(actor(), "customer"),
        **_stream(found),
    )


@bp.get("/customers/<uuid:customer_id>/timeline")
@access.requires("customers.read")
def older(customer_id: UUID) -> ResponseReturnValue:
    found = queries.get_customer(actor(), customer_id)
    return web.render("people/timeline.html", "people/_timeline.html", customer=found, **_stream(found))


@bp.get("/customers/<uuid:customer_id>/neighbours")
@access.requires("customers.read")
def neighbours(customer_id: UUID) -> ResponseReturnValue:
    found, in_list = queries.get_customer(actor(), customer_id), request.args.get("in", "")
    values = MultiDict(parse_qsl(in_list))
    layout = columns.read_layout("/customers", values, actor())
    before, behind = queries.find_neighbours(
        actor(), found, forms.read_filter(values), sort=layout.sort, country_code=_country(), group=layout.group_key
    )
    way = request.args.get("way", "")
    if way:
        there = before if way == "previous" else behind
        words = "" if there else f"{found.name} is the {'first' if way == 'previous' else 'last'} of the list."
        return web.go(f"{_address(there or found)}?{urlencode({'in': in_list})}", words)
    asked: dict[str, Any] = {
        "customer": found,
        "in_list": in_list,
        "before": before,
        "behind": behind,
        "is_known": True,
    }
    return web.render("people/neighbours.html", "people/_neighbours.html", **asked)


@bp.get("/customers/<uuid:customer_id>/edit")
@access.requires("customers.edit")
def edit_customer(customer_id: UUID) -> ResponseReturnValue:
    found = queries.get_customer(actor(), customer_id)
    form = forms.customer_form(actor(), found)
    form.fill(found)
    form.show_custom(found, actor())
    return _show_form(form, found)


@bp.post("/customers/<uuid:customer_id>")
@access.requires("customers.edit")
def update_customer(customer_id: UUID) -> ResponseReturnValue:
    found = queries.get_customer(actor(), customer_id)
    form = forms.customer_form(actor(), found)
    change_set = changes.begin(f"Edited {found.name}", kind="edit", actor=actor())
    typed = form.read_all(_country(), actor(), found)
    if typed is None:
        return _show_form(form, found, 422)
    try:
        actions.edit_customer(found, typed, actor=actor(), seen=forms.seen_values(found))
    except Invalid as refusal:
        form.refuse_all(refusal)
        return _show_form(form, found, 422)
    except Clash as clash:  # nothing typed is lost: both values are shown where they clash
        return _show_form(form, found, 409, seen_now=form.show_clash(clash, found))
    return web.go(_address(found), "Saved.", undo=change_set.undo_path)


@bp.post("/customers/<uuid:customer_id>/conversion")
@access.requires("customers.edit")
def convert(customer_id: UUID) -> ResponseReturnValue:
    found = queries.get_customer(actor(), customer_id)
    change_set = changes.begin(f"Made {found.name} a customer", kind="edit", actor=actor())
    conversion.convert(found, actor=actor())
    return web.go(_address(found), f"{found.name} is a customer now.", undo=change_set.undo_path)


@bp.post("/customers/<uuid:customer_id>/deactivation")
@access.requires("customers.edit")
def deactivate(customer_id: UUID) -> ResponseReturnValue:
    found = queries.get_customer(actor(), customer_id)
    change_set = changes.begin(f"Deactivated {found.name}", kind="edit", actor=actor())
    actions.deactivate(found, actor=actor())
    return web.go(_address(found), f"{found.name} is deactivated.", undo=change_set.undo_path)


@bp.post("/customers/<uuid:customer_id>/deactivation/delete")
@access.requires("customers.edit")
def reactivate(customer_id: UUID) -> ResponseReturnValue:
    found = queries.get_customer(actor(), customer_id)
    change_set = changes.begin(f"Reactivated {found.name}", kind="edit", actor=actor())
    actions.reactivate(found, actor=actor())
    return web.go(_address(found), f"{found.name} is active again.", undo=change_set.undo_path)


@bp.post("/customers/<uuid:customer_id>/revelation")
@access.requires("pii.reveal")
def reveal(customer_id: UUID) -> ResponseReturnValue:
    found = queries.get_customer(actor(), customer_id)
    contact = privacy.reveal(found, actor=actor())
    return web.render("people/contact.html", "people/_contact.html", customer=found, contact=contact, can_reveal=False)


@bp.get("/customers/<uuid:customer_id>/erasure")
@access.requires("customers.erase")
def confirm_erasure(customer_id: UUID) -> ResponseReturnValue:
    return web.render("people/erase.html", customer=queries.get_customer(actor(), customer_id), errors={}, reason="")


@bp.post("/customers/<uuid:customer_id>/erasure")
@access.requires("customers.erase")
def erase(customer_id: UUID) -> ResponseReturnValue:
    found = queries.get_customer(actor(), customer_id)
    reason = details.plain_text(request.form.get("reason", ""), 1000)
    errors: dict[str, list[str]] = {}
    if request.form.get("typed", "").strip() != found.name:
        errors["typed"] = [f"Type {found.name} exactly as it stands here."]
    if not reason:
        errors["reason"] = ["Say why, for the record."]
    if errors and not found.is_erased:
        return web.render("people/erase.html", status=422, customer=found, errors=errors, reason=reason)
    actions.erase_customer(found, actor=actor(), reason=reason or "asked again")
    return web.go(_address(found), "The customer was erased. The books are kept.")


@bp.get("/portal/profile")
@access.requires("profile.edit")
def profile() -> ResponseReturnValue:
    form = forms.OwnDetailsForm()
    me = queries.get_own_profile(actor())
    form.fill(me)
    return _show_profile(form, me)


@bp.post("/portal/profile")
@access.requires("profile.edit")
def update_profile() -> ResponseReturnValue:
    me = queries.get_own_profile(actor())
    form = forms.OwnDetailsForm()
    typed = form.read(_country())
    if typed is None:
        return _show_profile(form, me, 422)
    try:
        actions.edit_customer(me, typed, actor=actor(), seen=forms.seen_values(me))
    except Clash as clash:
        return _show_profile(form, me, 409, seen_now=form.show_clash(clash, me))
    return web.go("/portal/profile", "Saved.")


def _show_profile(
    form: forms.OwnDetailsForm, me: Customer, status: int = 200, seen_now: Sequence[str] = ()
) -> ResponseReturnValue:
    seen = {name: value for name, value in _seen(me, seen_now).items() if name in form}
    return web.render("people/profile.html", status=status, form=form, customer=me, seen=seen)


def _list_of_origin() -> str | None:
    """The state of the list that somebody came from, as its address has it; None from elsewhere."""
    if "in" in request.args:
        return request.args["in"][:4000]
    path, _mark, query = web.page_before().partition("?")
    return state_of(query) if path == "/customers" else None


def _country() -> str:
    return current_app.extensions["rapport"].country


def _address(customer: Customer) -> str:
    return url_for("people.customer", customer_id=customer.person_id)


def _name_of(typed: actions.CustomerDetails) -> str:
    return f"{typed.first_name} {typed.last_name}".strip() or typed.email or "a customer"


def _show_form(
    form: forms.CustomerForm,
    customer: Customer | None,
    status: int = 200,
    alike: Sequence[Customer] = (),
    seen_now: Sequence[str] = (),
) -> ResponseReturnValue:
    seen = {name: value for name, value in _seen(customer, seen_now).items() if name in form} if customer else {}
    return web.render(
        "people/form.html",
        status=status,
        form=form,
        customer=customer,
        seen=seen,
        alike=alike,
        custom=custom.groups(form, "customer"),
    )


def _seen(customer: Customer, seen_now: Sequence[str]) -> dict[str, str]:
    """What the editor started from or, in the fields of `seen_now`, has just been shown."""
    present = forms.seen_of(customer)
    return {
        name: value if name in seen_now else request.form.get(f"seen_{name}", value) for name, value in present.items()
    }


def _alike(name: str, phone: str) -> Sequence[Customer]:
    try:
        number = details.phone(phone, _country())
    except Invalid:
        number = None
    return queries.similar_customers(actor(), name=name, phone=number)


def _stream(customer: Customer) -> dict[str, Any]:
    kinds = [kind for kind in request.args.getlist("kind") if kind in timeline.SOURCES]
    text = request.args.get("before", "")
    try:
        before = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("That page address is damaged. Open the customer again.") from None
    items, older_than = timeline.first_page(
        timeline.list_items(actor(), customer.person_id, kinds=kinds, before=before)
    )
    return {
        "items": items,
        "older_than": older_than,
        "kinds": kinds,
        "sources": timeline.sources_for(actor()),
    }
