"""Companies.

/companies  /companies/{id}  .../archive  .../merger
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.resources.doors import named
from app.api.schemas import companies as shapes
from app.companies import actions, queries
from app.companies.models import Company
from app.companies.queries import CompanyFilter
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.changes import actions as changes

bp = Blueprint("Companies", "The firms that customers work for. Customers name theirs by `company_id`.")

EXAMPLE = {
    "name": "Babbage & Sons",
    "domain": "babbage.example",
    "industry": "Machines",
    "staff": 42,
    "country": "United Kingdom",
    "owner_id": IDS["employee_id"],
}


@bp.route("/companies")
class Companies(MethodView):
    @bp.lists(shapes.Company, shapes.CompanyQuery)
    @access.requires("companies.read")
    def get(self, wanted: dict[str, Any]) -> Page[Company]:
        """List and search companies"""
        narrowed = CompanyFilter(q=wanted["q"], state=wanted["state"], where=wanted["where"])
        return queries.list_companies(narrowed, sort=wanted["sort"], cursor=wanted["after"], size=wanted["limit"])

    @bp.creates(shapes.CompanyIn, shapes.Company, example=EXAMPLE)
    @access.requires("companies.edit")
    def post(self, values: dict[str, Any]) -> Company:
        """Add a company"""
        return actions.add_company(values, actor=actor())


@bp.route("/companies/<uuid:company_id>")
class OneCompany(MethodView):
    @bp.reads(shapes.Company)
    @access.requires("companies.read")
    def get(self, company_id: UUID) -> Company:
        """Read a company"""
        return queries.get_company(company_id)

    @bp.changes(shapes.CompanyIn, shapes.Company, example=EXAMPLE, partial=False)
    @access.requires("companies.edit")
    def put(self, values: dict[str, Any], company_id: UUID) -> Company:
        """Replace what is known of a company"""
        return _change(company_id, values)

    @bp.changes(shapes.CompanyIn, shapes.Company, example={"industry": "Engines"})
    @access.requires("companies.edit")
    def patch(self, values: dict[str, Any], company_id: UUID) -> Company:
        """Change some fields of a company"""
        return _change(company_id, values)


def _change(company_id: UUID, values: dict[str, Any]) -> Company:
    company = versions.matching(queries.get_company(company_id))
    actions.edit_company(company, values, actor=actor())
    return company


@bp.route("/companies/<uuid:company_id>/archive")
class CompanyArchive(MethodView):
    @bp.does(shapes.Company)
    @access.requires("companies.edit")
    def post(self, company_id: UUID) -> Company:
        """Put a company away; its people keep it"""
        company = queries.get_company(company_id)
        actions.archive_company(company, actor=actor())
        return company

    @bp.does(shapes.Company)
    @access.requires("companies.edit")
    def delete(self, company_id: UUID) -> Company:
        """Bring a company back"""
        company = queries.get_company(company_id)
        actions.restore_company(company, actor=actor())
        return company


@bp.route("/companies/<uuid:company_id>/merger")
class Merger(MethodView):
    @bp.does(shapes.Company, shapes.MergerIn, example={"other_id": IDS["other_company_id"]})
    @access.requires("companies.edit")
    def post(self, values: dict[str, Any], company_id: UUID) -> Company:
        """Merge another company into this one

        This one keeps what it says and takes over what it does not know. The other’s people follow, and it is archived.
        It stands among the changes, with its undo.
        """
        company = queries.get_company(company_id)
        other = named("other_id", lambda: queries.get_company(values["other_id"]))
        changes.begin(f"Merged {other.name} into {company.name}", kind="merge", actor=actor())
        actions.merge_companies(company, other, actor=actor())
        return company
