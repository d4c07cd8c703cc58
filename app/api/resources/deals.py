"""Deals.

/deals  /deals/{id}  .../lines  .../place  .../win  .../loss  .../closure
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import current_app
from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.resources.doors import named
from app.api.schemas import deals as shapes
from app.api.schemas.base import in_currency
from app.companies import queries as companies
from app.core import access
from app.core.access import actor
from app.core.errors import Invalid
from app.core.paging import Page
from app.deals.actions import closing, lines
from app.deals.actions import deals as actions
from app.deals.models import Deal
from app.deals.queries import deals as queries
from app.deals.queries import pipelines
from app.people import queries as people
from app.products import queries as products

bp = Blueprint("Deals", "What may become a sale, on its way through the stages of a pipeline.")

EXAMPLE = {
    "title": "Hampers for the office",
    "customer_id": IDS["customer_id"],
    "stage_id": IDS["stage_id"],
    "value": {"amount_minor": 125000, "currency": "GBP"},
    "next_step": "Send samples",
}
LINES = {"lines": [{"product_id": IDS["product_id"], "quantity": 12, "discount_basis_points": 1000}]}
LOSS = {"reason_id": IDS["lost_reason_id"], "note": "A third cheaper elsewhere."}
FILTERS = ("q", "state", "pipeline_id", "stage_id", "owner_id", "customer_id", "company_id", "where")


@bp.route("/deals")
class Deals(MethodView):
    @bp.lists(shapes.Deal, shapes.DealQuery)
    @access.requires("deals.read")
    def get(self, wanted: dict[str, Any]) -> Page[Deal]:
        """List and search deals"""
        narrowed = queries.DealFilter(**{name: wanted[name] for name in FILTERS})
        return queries.list_deals(actor(), narrowed, sort=wanted["sort"], cursor=wanted["after"], size=wanted["limit"])

    @bp.creates(shapes.DealIn, shapes.Deal, example=EXAMPLE)
    @access.requires("deals.edit")
    def post(self, values: dict[str, Any]) -> Deal:
        """Add a deal on top of a stage"""
        stage = named("stage_id", lambda: pipelines.get_stage(values.pop("stage_id")))
        plain = {"currency": current_app.extensions["rapport"].currency, **_plain(values)}
        return actions.create_deal(actions.DealDetails(**plain), stage, actor=actor())


@bp.route("/deals/<uuid:deal_id>")
class OneDeal(MethodView):
    @bp.reads(shapes.Deal)
    @access.requires("deals.read")
    def get(self, deal_id: UUID) -> Deal:
        """Read a deal"""
        return queries.get_deal(actor(), deal_id)

    @bp.changes(shapes.DealChange, shapes.Deal, example={"next_step": "Call on Monday", "next_step_on": "2026-12-07"})
    @access.requires("deals.edit")
    def patch(self, values: dict[str, Any], deal_id: UUID) -> Deal:
        """Change some fields of a deal"""
        deal = versions.matching(queries.get_deal(actor(), deal_id))
        actions.edit_deal(deal, _plain(values), actor=actor())
        return deal


@bp.route("/deals/<uuid:deal_id>/lines")
class Lines(MethodView):
    @bp.reads(shapes.DealLines)
    @access.requires("deals.read")
    def get(self, deal_id: UUID) -> dict[str, Any]:
        """Read what is on a deal"""
        return _lines(queries.get_deal(actor(), deal_id))

    @bp.does(shapes.DealLines, shapes.DealLinesIn, example=LINES)
    @access.requires("deals.edit")
    def post(self, values: dict[str, Any], deal_id: UUID) -> dict[str, Any]:
        """Say what is on a deal; its value is the sum of it"""
        deal = queries.get_deal(actor(), deal_id)
        lines.set_lines(deal, _offered(values["lines"]), actor=actor())
        return _lines(deal)


@bp.route("/deals/<uuid:deal_id>/place")
class Place(MethodView):
    @bp.does(shapes.Deal, shapes.MoveIn, example={"stage_id": IDS["other_stage_id"]})
    @access.requires("deals.edit")
    def post(self, values: dict[str, Any], deal_id: UUID) -> Deal:
        """Move an open deal to a stage, or to another place in its column"""
        deal = queries.get_deal(actor(), deal_id)
        stage = named("stage_id", lambda: pipelines.get_stage(values["stage_id"]))
        actions.move_deal(deal, stage, actor=actor(), below=values["below"])
        return deal


@bp.route("/deals/<uuid:deal_id>/win")
class Win(MethodView):
    @bp.does(shapes.Deal)
    @access.requires("deals.edit")
    def post(self, deal_id: UUID) -> Deal:
        """Win a deal: the sale of what is on it is recorded, once"""
        deal = queries.get_deal(actor(), deal_id)
        closing.win_deal(deal, actor=actor(), source="api")
        return deal


@bp.route("/deals/<uuid:deal_id>/loss")
class Loss(MethodView):
    @bp.does(shapes.Deal, shapes.LossIn, example=LOSS)
    @access.requires("deals.edit")
    def post(self, values: dict[str, Any], deal_id: UUID) -> Deal:
        """Lose a deal, and say why"""
        deal = queries.get_deal(actor(), deal_id)
        named("reason_id", lambda: pipelines.get_reason(values["reason_id"]))
        closing.lose_deal(deal, values["reason_id"], actor=actor(), note=values["note"])
        return deal


@bp.route("/deals/<uuid:deal_id>/closure")
class Closure(MethodView):
    @bp.does(shapes.Deal)
    @access.requires("deals.edit")
    def delete(self, deal_id: UUID) -> Deal:
        """Open a won or lost deal again; the books stay as they are"""
        deal = queries.get_deal(actor(), deal_id)
        closing.reopen_deal(deal, actor=actor())
        return deal


def _lines(deal: Deal) -> dict[str, Any]:
    return {"deal": deal, "lines": queries.list_lines(deal.deal_id)}


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """The values as the actions take them: a value is two columns, and who is named must be there to be seen."""
    plain = dict(values)
    if "value" in plain and (value := plain.pop("value")):
        plain |= {"value_minor": value["amount_minor"], "currency": value["currency"]}
    if customer_id := plain.get("customer_id"):
        named("customer_id", lambda: people.get_customer(actor(), customer_id))
    if company_id := plain.get("company_id"):
        named("company_id", lambda: companies.get_company(company_id))
    if owner_id := plain.get("owner_id"):
        named("owner_id", lambda: people.get_employee(owner_id))
    return plain


def _offered(rows: list[dict[str, Any]]) -> list[lines.LineDetails]:
    sold = products.find_products([row["product_id"] for row in rows]) if rows else {}
    found = []
    for position, row in enumerate(rows):
        product = sold.get(row["product_id"])
        if product is None:
            raise Invalid(errors={f"lines.{position}.product_id": ["There is none with this id."]})
        price = in_currency(row["unit_price"], product.currency, f"lines.{position}.unit_price")
        share = Decimal(row["discount_basis_points"]) / 10_000
        found.append(lines.LineDetails(product.product_id, row["quantity"], price, share))
    return found
