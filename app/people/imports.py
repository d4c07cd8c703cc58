"""Importing customers: one line, one customer, found again by reference or email."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from app.core import jobs
from app.core.access import Actor
from app.core.db import db
from app.core.errors import Invalid
from app.engine.imports.jobs import pending_rows, settle
from app.engine.imports.kinds import BadCell, Field, ImportKind, Parse, Reading
from app.people import actions, details
from app.people.models import STAGES, Customer, Employee

ROWS_PER_STEP = 500
CHANGED_BY_FILE = ("first_name", "last_name", "email", "phone", "address", "stage", "country", "owner_id")

FIELDS = (
    Field("reference", "Reference", ("customerid", "customer no", "number", "id"), example="C-1024"),
    Field("name", "Full name", ("customer", "contact", "fullname")),
    Field("first_name", "First name", ("firstname", "given name", "forename")),
    Field("last_name", "Last name", ("lastname", "surname", "family name")),
    Field("email", "Email", ("e-mail", "mail", "email address")),
    Field("phone", "Phone", ("telephone", "mobile", "tel", "phone number")),
    Field("address", "Address", ("street", "postal address")),
    Field("country", "Country", ()),
    Field("stage", "Stage", ("status", "type")),
    Field("owner", "Owner’s email", ("owner", "looked after by", "account manager")),
)


def parser(how: Reading) -> Parse:
    """A reader of customers."""

    def parse(row: dict[str, str]) -> dict[str, Any]:
        first, last = row["first_name"], row["last_name"]
        if row["name"] and not (first or last):
            first, _, last = row["name"].rpartition(" ")
        values: dict[str, Any] = {"reference": row["reference"] or None, "owner": row["owner"].lower()}
        readers: dict[str, Any] = {
            "first_name": lambda: details.name(first),
            "last_name": lambda: details.name(last),
            "email": lambda: details.email(row["email"]),
            "phone": lambda: details.phone(row["phone"], how.country),
            "address": lambda: details.address(row["address"]),
            "country": lambda: details.name(row["country"]),
        }
        for key, read in readers.items():
            try:
                values[key] = read()
            except Invalid as refusal:
                raise BadCell(f"{key.replace('_', ' ').capitalize()}: {refusal}") from None
        values["stage"] = row["stage"].lower() or ""
        if values["stage"] and values["stage"] not in STAGES:
            raise BadCell(f"Stage “{row['stage'][:30]}” is none of {', '.join(STAGES)}.")
        if not (values["first_name"] or values["last_name"] or values["email"]):
            raise BadCell("The row has neither a name nor an email.")
        if len(values["reference"] or "") > 200:
            raise BadCell("The reference is too long.")
        return values

    return parse


def describe(values: dict[str, Any], _how: Reading) -> str:
    """A customer in words, for the preview."""
    name = f"{values['first_name']} {values['last_name']}".strip()
    return " · ".join(part for part in (name, values["email"], values["phone"], values["country"]) if part)


def apply(import_id: UUID, actor: Actor, _how: Reading) -> None:
    """Add or change a customer for each pending row, some hundred at a step."""
    owners = {
        email.lower(): person_id
        for email, person_id in db.session.execute(
            select(Employee.email, Employee.person_id).where(
                Employee.deactivated_at.is_(None), Employee.email.is_not(None)
            )
        )
        if email
    }
    done = 0
    for rows in pending_rows(import_id, ROWS_PER_STEP):
        known = _known([values for _line, values in rows])
        settle(import_id, [(line, *_take(values, known, owners, actor)) for line, values in rows])
        db.session.commit()
        done += len(rows)
        jobs.report(done, step="Writing customers")


def _known(rows: list[dict[str, Any]]) -> dict[str, Customer]:
    """Customers that the rows may mean, by reference and by email."""
    references = [values["reference"] for values in rows if values["reference"]]
    emails = [values["email"].lower() for values in rows if values["email"]]
    found = db.session.scalars(
        select(Customer).where(or_(Customer.reference.in_(references), func.lower(Customer.email).in_(emails)))
    )
    known: dict[str, Customer] = {}
    for customer in found:
        _remember(known, customer)
    return known


def _remember(known: dict[str, Customer], customer: Customer) -> None:
    if customer.reference:
        known[f"reference {customer.reference}"] = customer
    if customer.email:
        known[f"email {customer.email.lower()}"] = customer


def _take(
    values: dict[str, Any], known: dict[str, Customer], owners: dict[str, UUID], actor: Actor
) -> tuple[str, str, UUID | None]:
    """Make one row a customer; returns (outcome, reason, id)."""
    customer = known.get(f"reference {values['reference']}") or known.get(f"email {(values['email'] or '').lower()}")
    if values["owner"] and values["owner"] not in owners:
        return "rejected", f"Nobody here has the email {values['owner'][:60]}.", None
    plain = {key: values[key] for key in CHANGED_BY_FILE if values.get(key)}
    if values["owner"]:
        plain["owner_id"] = owners[values["owner"]]
    try:
        if customer is None:
            details_ = actions.CustomerDetails(**plain)
            customer = actions.register_customer(details_, actor=actor, source="Import", reference=values["reference"])
            _remember(known, customer)
            return "created", "", customer.person_id
        if customer.is_erased:
            return "rejected", "This customer was erased and is not brought back.", None
        changed = actions.edit_customer(customer, plain, actor=actor)
    except Invalid as refusal:
        return "rejected", next((words[0] for words in refusal.errors.values()), str(refusal)), None
    return ("updated" if changed else "unchanged"), ", ".join(changed).replace("_", " "), customer.person_id


KIND = ImportKind(
    key="customers",
    label="Customers",
    fields=FIELDS,
    parser=parser,
    apply=apply,
    describe=describe,
    needs="One line for each customer. A customer is found again by reference or email, and then updated.",
)
