"""What the list of companies shows, and what the list of customers shows of their companies."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from werkzeug.datastructures import MultiDict

from app.companies import forms, queries
from app.companies.models import Company
from app.core.access import Actor
from app.core.db import one_of
from app.engine.views.columns import Column, Face, Listing, Related, read_layout
from app.people import details
from app.people.models import Customer, Employee

RIGHT = "companies.read"


def _people(_actor: Actor, companies: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    return queries.count_people(companies)


def _owners(_actor: Actor, companies: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    ids = [company.company_id for company in companies]
    return (
        select(Company.company_id.label("id"), Employee.name.label("name"))
        .join(Employee, Employee.person_id == Company.owner_id)
        .where(one_of(Company.company_id, ids))
    )


def _companies(_actor: Actor, customers: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    ids = [customer.person_id for customer in customers]
    return (
        select(Customer.person_id.label("id"), Company.company_id, Company.name, Company.industry)
        .join(Company, Company.company_id == Customer.company_id)
        .where(one_of(Customer.person_id, ids))
    )


def _state(company: Company) -> tuple[str, str]:
    return ("Archived", "off") if company.is_archived else ("Active", "good")


def _rows(actor: Actor, values: MultiDict[str, str]) -> Select[Any]:
    layout = read_layout("/companies", values, actor)
    return queries.select_companies(forms.read_filter(values), sort=layout.sort, group=layout.group_key)


COMPANIES = Listing(
    "/companies",
    RIGHT,
    lambda company: company.company_id,
    sort="name",
    nouns=("company", "companies"),
    kind="company",
    rows=_rows,
    id_column=Company.company_id,
)
COLUMNS = (
    Column(
        "name",
        "Company",
        "person",
        lambda one: Face(one.name, f"/companies/{one.company_id}", one.domain or one.country, one.company_id),
        sort="name",
    ),
    Column(
        "industry",
        "Industry",
        "text",
        lambda one: one.industry,
        is_usual=True,
        group=lambda one: one.industry,
        nothing="No industry",
    ),
    Column(
        "people",
        "People",
        "number",
        lambda found: found["people"],
        is_usual=True,
        related=Related("people", _people),
    ),
    Column(
        "country",
        "Country",
        "text",
        lambda one: one.country,
        is_usual=True,
        group=lambda one: one.country,
        nothing="No country",
    ),
    Column(
        "owner",
        "Looked after by",
        "text",
        lambda found: found["name"],
        is_usual=True,
        related=Related("owner", _owners),
    ),
    Column("created", "Added", "when", lambda one: one.created_at, is_usual=True, sort="created", falls=True),
    Column("domain", "Domain", "text", lambda one: one.domain),
    Column("phone", "Phone", "digits", lambda one: details.readable_phone(one.phone)),
    Column("staff", "Size", "number", lambda one: one.staff),
    Column("state", "State", "state", _state),
)

OF = Related("company", _companies)
OF_CUSTOMERS = (
    Column(
        "company",
        "Company",
        "link",
        lambda found: (found["name"], f"/companies/{found['company_id']}"),
        related=OF,
        permission=RIGHT,
    ),
    Column("company_industry", "Industry", "text", lambda found: found["industry"], related=OF, permission=RIGHT),
)
