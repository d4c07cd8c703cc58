"""Customers.

/customers  /customers/{id}  .../conversion  .../stages  .../deactivation  .../erasure  .../timeline
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.resources.doors import named
from app.api.schemas import people as shapes
from app.api.schemas.base import country
from app.api.schemas.custom import replaced
from app.core import access, paging
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.custom_fields.definitions import PREFIX
from app.people import actions, conversion, queries, timeline
from app.people.models import Customer
from app.people.queries import CustomerFilter

bp = Blueprint("Customers", "Whoever buys, or may.")

EXAMPLE = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "phone": "+44 20 7946 0000",
    "stage": "lead",
    "country": "United Kingdom",
    "owner_id": IDS["employee_id"],
}


def _customer(customer_id: UUID) -> Customer:
    return queries.get_customer(actor(), customer_id)


def _check_owner(values: dict[str, Any]) -> None:
    owner_id = values.get("owner_id")
    if owner_id is not None and not named("owner_id", lambda: queries.get_employee(owner_id)).is_active:
        raise Invalid(errors={"owner_id": ["They do not work here any more."]})


@bp.route("/customers")
class Customers(MethodView):
    @bp.lists(shapes.Customer, shapes.CustomerQuery)
    @access.requires("customers.read")
    def get(self, wanted: dict[str, Any]) -> paging.Page[Customer]:
        """List and search customers"""
        narrowed = CustomerFilter(
            **{name: wanted[name] for name in ("q", "stage", "country", "owner_id", "company_id", "state", "where")}
        )
        return queries.list_customers(
            actor(),
            narrowed,
            sort=wanted["sort"],
            cursor=wanted["after"],
            size=wanted["limit"],
            country_code=country(),
        )

    @bp.creates(shapes.CustomerIn, shapes.Customer, example=EXAMPLE)
    @access.requires("customers.edit")
    def post(self, values: dict[str, Any]) -> Customer:
        """Register a customer"""
        _check_owner(values)
        custom = values.pop("custom")
        details = actions.CustomerDetails(**values)
        return actions.register_customer(details, actor=actor(), source="api", custom=custom)


@bp.route("/customers/<uuid:customer_id>")
class OneCustomer(MethodView):
    @bp.reads(shapes.Customer)
    @access.requires("customers.read")
    def get(self, customer_id: UUID) -> Customer:
        """Read a customer"""
        return _customer(customer_id)

    @bp.changes(shapes.CustomerIn, shapes.Customer, example=EXAMPLE, partial=False)
    @access.requires("customers.edit")
    def put(self, values: dict[str, Any], customer_id: UUID) -> Customer:
        """Replace what is known of a customer

        A field that is left out is emptied.
        """
        return _change(customer_id, values | {"custom": replaced("customer", values["custom"])})

    @bp.changes(shapes.CustomerIn, shapes.Customer, example={"stage": "customer"})
    @access.requires("customers.edit")
    def patch(self, values: dict[str, Any], customer_id: UUID) -> Customer:
        """Change some fields of a customer"""
        return _change(customer_id, values)


def _change(customer_id: UUID, values: dict[str, Any]) -> Customer:
    customer = versions.matching(_customer(customer_id))
    _check_owner(values)
    custom = {PREFIX + key: value for key, value in values.pop("custom", {}).items()}
    actions.edit_customer(customer, values | custom, actor=actor())
    return customer


@bp.route("/customers/<uuid:customer_id>/conversion")
class Conversion(MethodView):
    @bp.does(shapes.Customer)
    @access.requires("customers.edit")
    def post(self, customer_id: UUID) -> Customer:
        """Make a lead or prospect a customer

        Their first purchase does so by itself. Asked twice, it is done once.
        """
        customer = _customer(customer_id)
        conversion.convert(customer, actor=actor())
        return customer


@bp.route("/customers/<uuid:customer_id>/stages")
class Stages(MethodView):
    @bp.lists(shapes.StageStep)
    @access.requires("customers.read")
    def get(self, _wanted: dict[str, Any], customer_id: UUID) -> paging.Page[queries.StageStep]:
        """List the stages a customer came through, the latest first, all on one page"""
        steps = queries.list_stage_changes(_customer(customer_id).person_id)
        return paging.Page(steps, None, None, len(steps))


@bp.route("/customers/<uuid:customer_id>/deactivation")
class Deactivation(MethodView):
    @bp.does(shapes.Customer)
    @access.requires("customers.edit")
    def post(self, customer_id: UUID) -> Customer:
        """Keep a customer from signing in"""
        customer = _customer(customer_id)
        actions.deactivate(customer, actor=actor())
        return customer

    @bp.does(shapes.Customer)
    @access.requires("customers.edit")
    def delete(self, customer_id: UUID) -> Customer:
        """Let a customer sign in again"""
        customer = _customer(customer_id)
        actions.reactivate(customer, actor=actor())
        return customer


@bp.route("/customers/<uuid:customer_id>/erasure")
class Erasure(MethodView):
    @bp.does(shapes.Erasure, shapes.ErasureIn, example={"reason": "The customer asked by letter."})
    @access.requires("customers.erase")
    def post(self, values: dict[str, Any], customer_id: UUID) -> Customer:
        """Erase a customer and keep the books

        It cannot be undone.
        """
        customer = _customer(customer_id)
        actions.erase_customer(customer, actor=actor(), reason=values["reason"])
        return customer


@bp.route("/customers/<uuid:customer_id>/timeline")
class Timeline(MethodView):
    @bp.lists(shapes.TimelineItem, shapes.TimelineQuery)
    @access.requires("customers.read")
    def get(self, wanted: dict[str, Any], customer_id: UUID) -> paging.Page[timeline.Item]:
        """List what happened with a customer, the latest first

        Shows what the key may read: purchases take `transactions.read`, and so on.
        """
        _customer(customer_id)
        size = wanted["limit"]
        kinds = [kind.strip() for kind in wanted["kinds"].split(",") if kind.strip()]
        found = timeline.list_items(actor(), customer_id, kinds=kinds, before=_before(wanted["after"]), size=size)
        rows, older_than = timeline.first_page(found, size)
        return paging.Page(rows, paging.encode_cursor("a", [older_than]) if older_than else None, None, size)


def _before(cursor: str) -> datetime | None:
    if not cursor:
        return None
    _direction, values = paging.decode_cursor(cursor, 1)
    try:
        return datetime.fromisoformat(values[0])
    except (IndexError, TypeError, ValueError):
        raise Invalid("That page address is damaged. Go back to the first page.") from None
