"""What lists of people show."""

from collections.abc import Sequence
from typing import Any

from flask import current_app
from sqlalchemy import Select, select
from werkzeug.datastructures import MultiDict

from app.core.access import Actor, actor
from app.core.db import one_of
from app.engine.views.columns import Column, Face, Listing, Related, read_layout
from app.people import forms, queries
from app.people.forms import STAGE_LABELS
from app.people.models import Customer, Employee
from app.people.privacy import email_of, phone_of

TONES = {"lead": "info", "prospect": "wait", "customer": "good", "former": "off"}


def _stage(customer: Customer) -> tuple[str, str]:
    if not customer.is_active:
        return "Deactivated", "off"
    return STAGE_LABELS[customer.stage], TONES[customer.stage]


def _owners(_actor: Actor, customers: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    return (
        select(Customer.person_id.label("id"), Employee.person_id.label("owner_id"), Employee.name.label("name"))
        .join(Employee, Employee.person_id == Customer.owner_id)
        .where(one_of(Customer.person_id, [customer.person_id for customer in customers]))
    )


def _owner(found: Any) -> tuple[str, str]:
    return found["name"], f"/customers?owner={found['owner_id']}"


def _email(customer: Customer) -> str:
    return email_of(customer, actor())


def _rows(actor: Actor, values: MultiDict[str, str]) -> Select[Any]:
    layout = read_layout("/customers", values, actor)
    country = current_app.extensions["rapport"].country
    return queries.select_customers(actor, forms.read_filter(values), country, sort=layout.sort, group=layout.group_key)


CUSTOMERS = Listing(
    "/customers",
    "customers.read",
    lambda customer: customer.person_id,
    sort="name",
    nouns=("customer", "customers"),
    kind="customer",
    rows=_rows,
    id_column=Customer.person_id,
)
CUSTOMER_COLUMNS = (
    Column(
        "name",
        "Customer",
        "person",
        lambda one: Face(one.name, f"/customers/{one.person_id}", _email(one) or one.country, one.person_id),
        sort="name",
    ),
    Column("phone", "Phone", "digits", lambda one: phone_of(one, actor()), is_usual=True),
    Column("stage", "Stage", "state", _stage, is_usual=True, group=lambda one: one.stage),
    Column(
        "owner",
        "Looked after by",
        "link",
        _owner,
        is_usual=True,
        related=Related("owner", _owners),
        group=lambda one: one.owner_id,
        nothing="Looked after by nobody",
    ),
    Column("created", "Since", "when", lambda one: one.created_at, is_usual=True, sort="created", falls=True),
    Column("country", "Country", "text", lambda one: one.country, group=lambda one: one.country, nothing="No country"),
    Column("email", "Email", "text", _email),
    Column("source", "Came by", "text", lambda one: one.source),
    Column("reference", "Reference", "text", lambda one: one.reference),
)
