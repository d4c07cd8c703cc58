"""Calls.

GET  /calls                        all calls, the newest first
GET  /calls/<id>                   who it is with: the customer's page, or the offer to add one
POST /customers/<id>/phone-calls   call a customer through the provider
GET, POST /settings/my-phone       one's own number, and what one's pages do when it rings
GET, POST /settings/phone          the shop's account
"""

from uuid import UUID

from flask import Blueprint, Response, request

from app.calls import queries
from app.calls.actions import calling, ringing
from app.calls.forms import AccountForm, OwnPhoneForm
from app.core import access, limits, web
from app.core.access import actor
from app.core.db import db
from app.core.errors import Invalid
from app.people import privacy
from app.people import queries as people
from app.people.consent.leave import leave_for
from app.people.models import Employee

bp = Blueprint("calls", __name__)

CALLS_PER_PERSON = "30/hour"
PROVIDER = "twilio"


@bp.get("/calls")
@access.requires("conversations.answer")
def index() -> Response:
    page = queries.page_of_calls(actor(), cursor=request.args.get("after", ""))
    names = people.find_names(actor(), {one.customer_id for one in page.rows if one.customer_id})
    numbers = {one.call_id: privacy.shown_phone(one.number, actor()) for one in page.rows}
    return web.render("calls/list.html", page=page, names=names, numbers=numbers)


@bp.get("/calls/<uuid:call_id>")
@access.requires("conversations.answer")
def show(call_id: UUID) -> Response:
    call = queries.get_call_for(actor(), call_id)
    if call.customer_id is not None:
        return web.go(f"/customers/{call.customer_id}")
    return web.render("calls/unknown.html", call=call, shown=privacy.shown_phone(call.number, actor()))


@bp.post("/customers/<uuid:customer_id>/phone-calls")
@access.requires("conversations.answer")
def call_customer(customer_id: UUID) -> Response:
    limits.hit(CALLS_PER_PERSON, "phone-call", str(actor().id))
    customer = people.get_customer(actor(), customer_id)
    calling.call_customer(customer, actor=actor())
    return web.go(f"/customers/{customer_id}", f"Your phone rings in a moment. {leave_for(customer, 'phone').words}")


@bp.route("/settings/my-phone", methods=["GET", "POST"])
@access.requires("conversations.answer")
def mine() -> Response:
    me = db.session.get_one(Employee, actor().id)
    form = OwnPhoneForm(number=me.phone or "", opens_customer=queries.opens_customer(me.person_id))
    if form.was_sent():
        try:
            ringing.choose(form.number.data or "", opens_customer=bool(form.opens_customer.data), actor=actor())
            return web.go("/settings/my-phone", "Saved.")
        except Invalid as refusal:
            form.blame(refusal)
    status = 422 if form.errors else 200
    return web.render("calls/mine.html", status=status, form=form, is_set_up=queries.has_provider())


@bp.route("/settings/phone", methods=["GET", "POST"])
@access.requires("calls.configure")
def settings() -> Response:
    account = queries.find_account(PROVIDER)
    form = AccountForm(obj=account) if account else AccountForm()
    if form.was_sent():
        try:
            calling.save_account(PROVIDER, form.details, actor=actor())
            return web.go("/settings/phone", "Saved.")
        except Invalid as refusal:
            form.blame(refusal)
    status = 422 if form.errors else 200
    hook = web.public_url(f"/hooks/phone/{PROVIDER}")
    return web.render("calls/settings.html", status=status, form=form, account=account, hook_url=hook)
