"""Consent of customers, as staff sees it, and the words customers agree to.

GET  /customers/<id>/consents       what holds, and the whole log
POST /customers/<id>/consents       record that they agreed, or withdrew
GET  /customers/<id>/consents/new   form: ?channel= ?purpose= ?state= (fragment in place of the panel)
GET  /settings/consent              what people agree to, with all versions
POST /settings/consent              write the next version
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.access import actor
from app.core.clock import today
from app.core.errors import Invalid
from app.people import queries as people
from app.people.consent import actions, forms, purposes, queries
from app.people.consent.models import GRANTED, LABELS, SOURCES, WITHDRAWN
from app.people.models import Customer

bp = Blueprint("consent", __name__)


@bp.get("/customers/<uuid:customer_id>/consents")
@access.requires("customers.read")
def log(customer_id: UUID) -> ResponseReturnValue:
    customer = people.get_customer(actor(), customer_id)
    return web.render(
        "consent/log.html",
        customer=customer,
        data=queries.list_states(actor(), customer_id),
        page=queries.list_log(customer_id, cursor=request.args.get("after", "")),
        labels=LABELS,
        sources=SOURCES,
        channels=purposes.CHANNELS,
        purposes=purposes.PURPOSES,
    )


@bp.get("/customers/<uuid:customer_id>/consents/new")
@access.requires("consent.record")
def new(customer_id: UUID) -> ResponseReturnValue:
    return _form(people.get_customer(actor(), customer_id), request.args.to_dict())


@bp.post("/customers/<uuid:customer_id>/consents")
@access.requires("consent.record")
def record(customer_id: UUID) -> ResponseReturnValue:
    customer = people.get_customer(actor(), customer_id)
    try:
        said = _record(customer, request.form.to_dict())
    except Invalid as refusal:
        return _form(customer, request.form.to_dict(), refusal)
    if not web.wants_fragment():
        return web.go(f"/customers/{customer_id}/consents", said)
    response = web.render("consent/_panel.html", data=queries.list_states(actor(), customer_id))
    return web.trigger(web.toast(response, said), **{"record-changed": True})


@bp.get("/settings/consent")
@access.requires("consent.wordings")
def wordings() -> ResponseReturnValue:
    return _wordings({}, {})


@bp.post("/settings/consent")
@access.requires("consent.wordings")
def change_wording() -> ResponseReturnValue:
    try:
        actions.change_wording(request.form.get("purpose", ""), request.form.get("body", ""), actor=actor())
    except Invalid as refusal:
        return _wordings(request.form.to_dict(), refusal.errors or {"body": [str(refusal)]})
    return web.go("/settings/consent", "Saved. Whoever agrees from now on agrees to these words.")


def _record(customer: Customer, typed: dict[str, str]) -> str:
    """Record what was typed; returns what became of it, in words."""
    channel, purpose = typed.get("channel", ""), typed.get("purpose", "")
    told: dict[str, Any] = {"source": "employee", "source_text": typed.get("source_text", ""), "actor": actor()}
    told["ip"] = web.client_address()
    if typed.get("state") == WITHDRAWN:
        actions.check_proof(told["source_text"])
        actions.withdraw([customer.person_id], [(channel, purpose)], **told)
        return "Withdrawn. It holds from now on."
    made = actions.grant(customer, channel, purpose, happened_at=forms.moment_of(typed.get("happened_on", "")), **told)
    held = queries.find_standing(customer.person_id, channel, purpose)
    if held is not made:
        return "Written down. They withdrew later than that, so that is what holds."
    if made.state == GRANTED:
        return "Consent recorded."
    return f"{customer.name} was sent a mail to confirm it. Until then nothing is sent."


def _form(customer: Customer, typed: dict[str, str], refusal: Invalid | None = None) -> Response:
    shown = {
        "channel": typed.get("channel", ""),
        "purpose": typed.get("purpose") or purposes.asked_for()[0].key,
        "state": WITHDRAWN if typed.get("state") == WITHDRAWN else GRANTED,
        "source_text": typed.get("source_text", ""),
        "happened_on": typed.get("happened_on") or today().isoformat(),
    }
    return web.render(
        "consent/new.html",
        "consent/_form.html",
        status=422 if refusal else 200,
        customer=customer,
        typed=shown,
        errors=(refusal.errors or {"source_text": [str(refusal)]}) if refusal else {},
        words=queries.words_now(),
        channels=[(one.key, one.label) for one in purposes.CHANNELS.values()],
        purposes=[(one.key, one.label) for one in purposes.asked_for()],
        today=today().isoformat(),
    )


def _wordings(typed: dict[str, str], errors: dict[str, list[str]]) -> Response:
    return web.render(
        "consent/wordings.html",
        status=422 if errors else 200,
        purposes=purposes.asked_for(),
        words=queries.words_now(),
        page=queries.list_wordings(cursor=request.args.get("after", "")),
        typed=typed,
        errors=errors,
    )
