"""What companies plug into."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import BindParameter, Select, case, func, literal, select

from app.companies import actions, bulk, columns, filters, imports, in_place, queries
from app.companies.access import PERMISSIONS
from app.companies.events import TYPES
from app.companies.models import Company
from app.companies.routes import bp
from app.core import access, layout
from app.core.access import Actor
from app.engine.bulk import kinds as bulk_kinds
from app.engine.custom_fields import kinds as custom_fields
from app.engine.events import catalogue
from app.engine.exports import offers
from app.engine.filters import fields
from app.engine.imports import kinds
from app.engine.inline import sheets as inline
from app.engine.records import kinds as records
from app.engine.records import pages
from app.engine.tags import taggable
from app.engine.views.columns import add_action, add_columns, add_list
from app.people import employers
from app.people.access import visible_to
from app.people.filters import CUSTOMERS
from app.people.forms import STAGE_LABELS
from app.people.models import Customer

PEOPLE_SHOWN = 25
COMPANY = records.RecordKind(
    "company", "Company", "/companies", "building", "companies.read", "companies.edit", queries.find_names
)


def add(app: Flask) -> None:
    """Add the pages, the rights, the events, and what customers' pages show of companies."""
    access.declare(*PERMISSIONS)
    catalogue.declare(*TYPES)
    kinds.add_kind(imports.KIND)
    records.add_kind(COMPANY)
    fields.add_entity(filters.COMPANIES)
    add_list(columns.COMPANIES, *columns.COLUMNS)
    offers.offer(columns.COMPANIES)
    inline.add_sheet(in_place.SHEET)
    custom_fields.add_kind(custom_fields.CustomKind(filters.COMPANIES, Company, imports.KIND))
    taggable.add_kind(COMPANY, filters.COMPANIES)
    app.register_blueprint(bp)
    layout.add_nav(layout.NavItem("Companies", "/companies", "building", "companies.read", "Day", 32, shortcut="f"))
    layout.add_search(layout.SearchSource("Companies", "companies.read", _find))
    layout.add_command("companies.edit", layout.Hit("Add company", "/companies/new", "building"))
    employers.use(employers.Directory(actions.find_meant, actions.find_or_add, queries.find_names))
    CUSTOMERS.add_fields(*filters.OF_CUSTOMERS)
    add_columns("/customers", *columns.OF_CUSTOMERS)
    bulk_kinds.add_field(bulk.PATH, *bulk.FIELDS)
    bulk_kinds.add_field("/customers", bulk.OF_CUSTOMERS)
    add_action(bulk.PATH, bulk.EDIT)
    _add_panels()


def _add_panels() -> None:
    at_work = pages.Panel(
        "company", "Company", "companies.read", "companies/_of_customer.html", rows=_employer, position=5, place="head"
    )
    pages.add_panel("customer", at_work)
    pages.add_panel(
        "company",
        pages.Panel("people", "People", "customers.read", "companies/_people.html", rows=_people, position=20),
    )


def _find(_actor: Actor, words: str, limit: int) -> Sequence[layout.Hit]:
    return [
        layout.Hit(company.name, f"/companies/{company.company_id}", "building", company.domain or company.country)
        for company in queries.search_companies(words, limit)
    ]


def _employer(_actor: Actor, _kind: str, customer_id: BindParameter[UUID]) -> Select[*tuple[Any, ...]]:
    """The company a customer works for."""
    return (
        select(Company.company_id, Company.name, Company.industry)
        .join(Customer, Customer.company_id == Company.company_id)
        .where(Customer.person_id == customer_id)
    )


def _people(actor: Actor, _kind: str, company_id: BindParameter[UUID]) -> Select[Any]:
    """The first people of a company by name, each with how many there are in all."""
    works_here = (Customer.company_id == company_id, visible_to(actor))
    number = select(func.count()).select_from(Customer).where(*works_here).scalar_subquery()
    email = func.coalesce(Customer.email, "") if actor.can("pii.read") else literal("")
    return (
        select(
            Customer.person_id,
            Customer.name.label("name"),
            case(STAGE_LABELS, value=Customer.stage).label("stage"),
            email.label("email"),
            number.label("number"),
        )
        .where(*works_here)
        .order_by(Customer.last_name, Customer.first_name, Customer.person_id)
        .limit(PEOPLE_SHOWN)
    )
