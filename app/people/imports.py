"""Importing customers: one line, one customer, found again by reference or email, else by name and company."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, any_, cast, func, or_, select

from app.core.crypto import keyring
from app.core.db import copy_in, db, new_id, one_of
from app.core.errors import Invalid
from app.core.texts import folded
from app.engine.custom_fields.imports import Taker
from app.engine.imports import cells
from app.engine.imports.cells import BadCell, Reading
from app.engine.imports.kinds import Field, ImportKind, Parse
from app.engine.imports.models import Import, ImportRow
from app.engine.imports.runs import Outcome, Run
from app.people import conversion, details, employers, links
from app.people.consent import imports as consent
from app.people.links import Links
from app.people.models import POTENTIAL, STAGES, Customer, Employee, person_registry

ROWS_PER_STEP = 1_000
BY_NAME = "name and company"
PHONES = "people.phone"
LONGEST_REFERENCE = 100

FIELDS = (
    Field("reference", "Reference", ("customerid", "customer no", "customer number", "number", "id")),
    Field("name", "Full name", ("customer", "contact", "contact name", "display name")),
    Field("first_name", "First name", ("given name", "forename")),
    Field("last_name", "Last name", ("surname", "family name")),
    Field("email", "Email", ("e-mail", "mail", "email address", "e-mail address", "email 1")),
    Field("phone", "Phone", ("telephone", "mobile", "tel", "phone number")),
    Field("address", "Address", ("street", "postal address")),
    Field("country", "Country"),
    Field("stage", "Stage", ("status", "type")),
    Field("company", "Company", ("company name", "organisation", "organization", "employer", "account")),
    Field("tags", "Tags", ("tag", "labels", "label", "keywords")),
    Field("notes", "Notes", ("note", "comment", "comments", "remarks")),
    Field("also", "Also (into a note)", ("also", "other details")),
    Field("owner", "Owner’s email", ("owner", "owner email", "looked after by", "account manager")),
    *consent.fields(),
)
MATCHES = {
    "any": "Reference, else email, else name and company",
    "reference": "Reference",
    "email": "Email",
    "phone": "Phone",
}


def parser(how: Reading) -> Parse:
    """A reader of customers."""
    readers = {
        "first_name": details.name,
        "last_name": details.name,
        "email": details.email,
        "phone": lambda text: details.phone(text, how.country),
        "address": details.address,
        "country": details.name,
        "company": details.name,
        "tags": links.read_tags,
    }
    read_consent = consent.parser(how)

    def parse(row: dict[str, str]) -> dict[str, Any]:
        if row["name"] and not (row["first_name"] or row["last_name"]):
            row["first_name"], _, row["last_name"] = row["name"].rpartition(" ")
        values: dict[str, Any] = {
            "reference": cells.at_most(row["reference"], LONGEST_REFERENCE, "Reference"),
            "stage": row["stage"].lower(),
            "owner": row["owner"].lower(),
        }
        for key, read in readers.items():
            try:
                values[key] = read(row[key])
            except Invalid as refusal:
                raise BadCell(f"{key.replace('_', ' ').capitalize()}: {refusal}", key) from None
        values["note"] = _note_of(row)
        values |= read_consent(row)
        if values["stage"] and values["stage"] not in STAGES:
            raise BadCell(f"Stage “{row['stage'][:30]}” is none of {', '.join(STAGES)}.", "stage")
        if not (values["first_name"] or values["last_name"] or values["email"]):
            raise BadCell("The row has neither a name nor an email.")
        return values

    return parse


def _note_of(row: dict[str, str]) -> str:
    try:
        return links.read_note(row["notes"], row["also"])
    except Invalid as refusal:
        raise BadCell(f"Notes: {refusal}", "notes") from None


def show(values: dict[str, Any], _how: Reading) -> tuple[str, ...]:
    """A customer in words, for the preview."""
    name = f"{values['first_name']} {values['last_name']}".strip()
    shown = (values["reference"], name, values["email"], details.readable_phone(values["phone"]), values["address"])
    linked = (values["company"], ", ".join(values["tags"]), values["owner"])
    stage = values["stage"] or "customer"
    return (*(part or "" for part in shown), values["country"], stage, *linked, consent.show(values))


def apply(run: Run) -> None:
    """Add or change a customer for each row that waits, some hundred at a step."""
    owners = _owners()
    run.progress.begin("Writing customers", run.count_waiting())
    for rows in run.waiting(ROWS_PER_STEP):
        known = _find_known([values for _line, values in rows], run.match)
        stages = {customer.person_id: customer.stage for customer in known.everybody()}
        linked = Links([values for _line, values in rows], known.by_id, run.actor)
        outcomes = [_take(line, values, known, owners, linked, mode=run.mode) for line, values in rows]
        db.session.flush()
        copy_in(known.new)
        linked.write()
        outcomes = consent.record(rows, outcomes, run)
        _tell(run, known, stages)
        run.end_step(outcomes)


def _tell(run: Run, known: "Known", stages: dict[UUID, str]) -> None:
    """Say which leads came and which became customers; `stages` holds where those who were known stood."""
    created = [customer for customer in known.everybody() if customer.person_id not in stages]
    conversion.tell_created(created, actor=run.actor)
    moved = {
        customer.person_id: stages[customer.person_id]
        for customer in known.everybody()
        if customer.stage == "customer" and stages.get(customer.person_id, "customer") != "customer"
    }
    conversion.tell_converted(moved, actor=run.actor, how="import")


def _owners() -> dict[str, UUID]:
    """Who can look after customers, by email."""
    query = select(func.lower(Employee.email), Employee.person_id).where(
        Employee.deactivated_at.is_(None), Employee.email.is_not(None)
    )
    return {email: person_id for email, person_id in db.session.execute(query)}


@dataclass
class Known:
    """Everybody that some rows may mean. `emails` holds staff too: None stands for somebody who is no customer.

    Of a phone that several customers have, none is meant. `new`: those whom the rows themselves bring.
    """

    own: Taker
    match: str = "any"
    references: dict[str, Customer] = field(default_factory=dict)
    emails: dict[str, Customer | None] = field(default_factory=dict)
    phones: dict[bytes, Customer | None] = field(default_factory=dict)
    names: dict[tuple[str, UUID], set[UUID]] = field(default_factory=dict)
    by_id: dict[UUID, Customer] = field(default_factory=dict)
    new: list[Customer] = field(default_factory=list)

    def add(self, customer: Customer) -> None:
        """Remember a customer by what they can be found by."""
        if customer.reference:
            self.references[customer.reference] = customer
        if customer.email:
            self.emails[customer.email.lower()] = customer
        if customer.phone_index:
            other = self.phones.setdefault(customer.phone_index, customer)
            self.phones[customer.phone_index] = customer if other is customer else None
        if customer.company_id:
            self.names.setdefault((folded(customer.name), customer.company_id), set()).add(customer.person_id)
        self.by_id[customer.person_id] = customer

    def meant_by(self, values: dict[str, Any], company_id: UUID | None) -> Customer | None:
        """Who a row means, in the way that was chosen. Raises: BadCell where several people may be meant."""
        reference, email = values["reference"], (values["email"] or "").lower()
        if self.match == "reference":
            return self.references.get(reference)
        if self.match == "email":
            return self.emails.get(email)
        if self.match == "phone":
            return self.phones.get(keyring.blind_index(values["phone"], PHONES)) if values["phone"] else None
        if _is_known_by_name(values):
            return self._called(values, company_id)
        return self.references.get(reference) or self.emails.get(email)

    def way(self, values: dict[str, Any]) -> str:
        """How a row finds somebody, in words."""
        if self.match != "any":
            return self.match
        if _is_known_by_name(values):
            return BY_NAME
        return "reference" if values["reference"] in self.references else "email"

    def _called(self, values: dict[str, Any], company_id: UUID | None) -> Customer | None:
        found = self.names.get((folded(_name_in(values)), company_id), set()) if company_id else set()
        if len(found) > 1:
            sentence = f"{len(found)} customers of {values['company'][:60]} are called so. Add a reference or an email."
            raise BadCell(sentence, "reference")
        return self.by_id[next(iter(found))] if found else None

    def everybody(self) -> list[Customer]:
        """All customers that are known, each once."""
        return list(self.by_id.values())


def _is_known_by_name(values: dict[str, Any]) -> bool:
    """The row says nothing better to find somebody by than their name and company."""
    return bool(values["company"] and _name_in(values)) and not any(
        values[key] for key in ("reference", "email", "phone")
    )


def _name_in(values: dict[str, Any]) -> str:
    return f"{values['first_name']} {values['last_name']}".strip()


def _find_known(rows: list[dict[str, Any]], match: str) -> Known:
    references = [values["reference"] for values in rows if values["reference"]]
    emails = [values["email"].lower() for values in rows if values["email"]]
    taken = db.session.execute(
        select(person_registry.c.email_key, person_registry.c.person_id).where(
            one_of(person_registry.c.email_key, emails)
        )
    ).all()
    known = Known(Taker("customer", rows), match=match, emails={email: None for email, _person_id in taken})
    ids = [person_id for _email, person_id in taken]
    asked = [one_of(Customer.reference, references), one_of(Customer.person_id, ids)]
    if match == "phone":
        phones = {keyring.blind_index(values["phone"], PHONES) for values in rows if values["phone"]}
        asked.append(one_of(Customer.phone_index, phones) & Customer.erased_at.is_(None))
    if match == "any" and (by_name := [values for values in rows if _is_known_by_name(values)]):
        asked.append(_is_called(by_name))
    for customer in db.session.scalars(select(Customer).where(or_(*asked)).order_by(Customer.person_id)):
        known.add(customer)
    return known


def _is_called(rows: list[dict[str, Any]]) -> ColumnElement[bool]:
    """The condition that a customer has the name and works for the company of some row, or nearly so."""
    companies = set(employers.find_all({values["company"] for values in rows}).values())
    names = {folded(_name_in(values)) for values in rows}
    called = func.fold(func.btrim(Customer.first_name + " " + Customer.last_name))
    return (
        one_of(Customer.company_id, companies)
        & (called == any_(cast(list(names), ARRAY(Text))))
        & (Customer.erased_at.is_(None))
    )


def meets(rows: Sequence[dict[str, Any]], match: str) -> list[str]:
    """Who each row means, for the preview."""
    known = _find_known(list(rows), match or "any")
    companies = employers.find_all({values["company"] for values in rows if values["company"]})
    return [_meets(known, values, companies.get(values["company"])) for values in rows]


def _meets(known: Known, values: dict[str, Any], company_id: UUID | None) -> str:
    try:
        customer = known.meant_by(values, company_id)
    except BadCell as refusal:
        return f"Left out: {refusal}"
    return f"Known by {known.way(values)}" if customer else "New"


def _take(
    line: int, values: dict[str, Any], known: Known, owners: dict[str, UUID], linked: Links, *, mode: str
) -> Outcome:
    """Make one row a customer, or change the one it means."""
    try:
        customer = known.meant_by(values, linked.companies.get(values["company"]))
        if refusal := _skipped(line, customer, mode) or _refusal(line, values, known, customer, owners):
            return refusal
        person_id = customer.person_id if customer else new_id()
        said = _said(values, owners, linked)
        said["custom"] = known.own.put(person_id, customer.custom if customer else {}, values, is_new=not customer)
    except BadCell as bad:
        return Outcome(line, "rejected", str(bad), field=bad.field)
    new = linked.said_new(values["company"])
    if customer is None:
        customer = Customer(person_id=person_id, source="Import", **said)
        known.new.append(customer)
        known.add(customer)
        linked.add(customer.person_id, values)
        return Outcome(line, "created", new, customer.person_id)
    is_by_name = known.way(values) == BY_NAME
    if is_by_name:  # as it is written here, not as the file has it
        said = {key: value for key, value in said.items() if key not in ("first_name", "last_name")}
    outcome = _change(line, customer, said, known, add=partial(linked.add, customer.person_id, values))
    reasons = (f"found by {BY_NAME}" if is_by_name else "", outcome.reason, new)
    return outcome._replace(reason="; ".join(filter(None, reasons))) if outcome.about_id else outcome


def _skipped(line: int, customer: Customer | None, mode: str) -> Outcome | None:
    if customer is None and mode == "update":
        return Outcome(line, "skipped", "Nobody known is meant, and only those are updated.")
    if customer is not None and mode == "create":
        return Outcome(line, "skipped", "Known already, and only new ones are added.", customer.person_id)
    return None


def _said(values: dict[str, Any], owners: dict[str, UUID], linked: Links) -> dict[str, Any]:
    """What a row says of a customer's own columns."""
    said = {key: values[key] for key in (*_PLAIN, "reference") if values[key]}
    if values["owner"]:
        said["owner_id"] = owners[values["owner"]]
    if values["company"]:
        said["company_id"] = linked.companies[values["company"]]
    return said


def _refusal(
    line: int, values: dict[str, Any], known: Known, customer: Customer | None, owners: dict[str, UUID]
) -> Outcome | None:
    """Why a row cannot be this customer, or a new one: what it says is somebody else's."""
    if values["owner"] and values["owner"] not in owners:
        return Outcome(line, "rejected", f"Nobody here has the email {values['owner'][:60]}.", field="owner")
    email = (values["email"] or "").lower()
    if email in known.emails and known.emails[email] is not customer:
        return Outcome(line, "rejected", "This email belongs to somebody else.", field="email")
    if email in known.emails and customer is None:
        return Outcome(line, "rejected", "This email belongs to somebody who is no customer.", field="email")
    if known.references.get(values["reference"], customer) is not customer:
        return Outcome(line, "rejected", "This reference belongs to somebody else.", field="reference")
    return None


_PLAIN = ("first_name", "last_name", "email", "phone", "address", "stage", "country")


def _change(
    line: int, customer: Customer, said: dict[str, Any], known: Known, *, add: Callable[[], list[str]]
) -> Outcome:
    """Change what the row says otherwise; what it leaves empty stays."""
    if customer.is_erased:
        return Outcome(line, "rejected", "This customer was erased and is not brought back.")
    if customer.reference and said.get("reference", customer.reference) != customer.reference:
        what = "phone" if known.match == "phone" else "email"
        reason = f"This {what} belongs to the customer with the reference {customer.reference}."
        return Outcome(line, "rejected", reason, field=what)
    if said.get("stage") in POTENTIAL and not customer.is_potential:
        del said["stage"]  # an old list of leads does not undo what was sold since
    changed = sorted(key for key, value in said.items() if getattr(customer, key) != value)
    for key in changed:
        setattr(customer, key, said[key])
    known.add(customer)
    changed += add()
    reason = ", ".join(changed).replace("_id", "").replace("_", " ").replace("custom", "custom fields")
    return Outcome(line, "updated" if changed else "unchanged", reason, customer.person_id)


def customers_of(import_id: str) -> Select[Any]:
    """The ids of the customers that an import made, changed or found again, for filters."""
    return select(ImportRow.about_id).where(ImportRow.import_id == UUID(import_id), ImportRow.about_id.is_not(None))


def choices() -> list[tuple[str, str]]:
    """The imports of customers a filter can ask about, the latest first."""
    done = select(Import).where(Import.kind == KIND.key, Import.state == "done", Import.is_dry_run.is_(False))
    latest = db.session.scalars(done.order_by(Import.created_at.desc()))
    return [(str(made.import_id), f"{made.file_name}, {made.created_at:%d %b %Y %H:%M}") for made in latest]


def _seen_at(import_id: UUID) -> str:
    return "/customers?" + urlencode({"where": json.dumps({"in": "import", "v": str(import_id)})})


KIND = ImportKind(
    key="customers",
    label="Customers",
    needs="One line for each customer. A customer is found again by reference or email, a row without those and a phone"
    " by name and company, and then updated.",
    fields=FIELDS,
    parser=parser,
    shown=("Reference", "Name", "Email", "Phone", "Address", "Country", "Stage", "Company", "Tags", "Owner", "Consent"),
    show=show,
    apply=apply,
    matches=MATCHES,
    meets=meets,
    has_contacts=True,
    stands_alone=True,
    seen_at=_seen_at,
)
