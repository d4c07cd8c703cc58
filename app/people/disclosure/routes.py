"""Copies of what is kept about a customer.

GET  /customers/<id>/personal-data               what was asked for, and erasing
POST /customers/<id>/personal-data               have a copy made
GET  /customers/<id>/personal-data/<copy>        the file
GET  /portal/personal-data                       the same about oneself
POST /portal/personal-data
GET  /portal/personal-data/<copy>
"""

from uuid import UUID

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.access import actor
from app.people import queries as people
from app.people.disclosure import actions, queries
from app.people.models import Customer

bp = Blueprint("disclosure", __name__)


@bp.get("/customers/<uuid:customer_id>/personal-data")
@access.requires("customers.disclose")
def copies(customer_id: UUID) -> ResponseReturnValue:
    return _page(people.get_customer(actor(), customer_id), is_own=False)


@bp.post("/customers/<uuid:customer_id>/personal-data")
@access.requires("customers.disclose")
def ask(customer_id: UUID) -> ResponseReturnValue:
    return _ask(people.get_customer(actor(), customer_id), is_own=False)


@bp.get("/customers/<uuid:customer_id>/personal-data/<uuid:disclosure_id>")
@access.requires("customers.disclose")
def fetch(customer_id: UUID, disclosure_id: UUID) -> Response:
    return _file(people.get_customer(actor(), customer_id), disclosure_id)


@bp.get("/portal/personal-data")
@access.requires("profile.edit")
def own_copies() -> ResponseReturnValue:
    return _page(people.get_own_profile(actor()), is_own=True)


@bp.post("/portal/personal-data")
@access.requires("profile.edit")
def ask_for_own() -> ResponseReturnValue:
    return _ask(people.get_own_profile(actor()), is_own=True)


@bp.get("/portal/personal-data/<uuid:disclosure_id>")
@access.requires("profile.edit")
def fetch_own(disclosure_id: UUID) -> Response:
    return _file(people.get_own_profile(actor()), disclosure_id)


def _page(customer: Customer, *, is_own: bool) -> Response:
    return web.render(
        "people/disclosure/own.html" if is_own else "people/disclosure/list.html",
        "people/disclosure/_list.html",
        customer=customer,
        copies=queries.list_disclosures(customer.person_id),
        here=actions.address(customer.person_id, is_own=is_own),
        days=actions.KEPT_DAYS,
    )


def _ask(customer: Customer, *, is_own: bool) -> Response:
    actions.ask(customer, actor=actor())
    here = actions.address(customer.person_id, is_own=is_own)
    return web.go(here, "The copy is being made. You will be told when it is ready.")


def _file(customer: Customer, disclosure_id: UUID) -> Response:
    copy = queries.get_ready(customer.person_id, disclosure_id)
    response = Response(copy.content, mimetype="application/zip")
    response.headers["Content-Disposition"] = f"attachment; filename=personal-data-{customer.person_id}.zip"
    response.headers["Cache-Control"] = "no-store"
    return response
