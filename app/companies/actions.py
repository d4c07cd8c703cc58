"""What is done to companies."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from app.companies import details, queries
from app.companies.models import Company
from app.core import edits
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, new_id
from app.core.errors import Conflict, Invalid
from app.core.texts import folded
from app.engine.custom_fields import values
from app.engine.events import actions as events
from app.engine.records import merging
from app.people.models import Customer, Employee

LABELS = {
    "name": "Name",
    "domain": "Domain",
    "website": "Website",
    "phone": "Phone",
    "address": "Address",
    "country": "Country",
    "industry": "Industry",
    "staff": "People who work there",
    "owner_id": "Looked after by",
}
FILLED_BY_MERGING = ("domain", "website", "phone", "address", "country", "industry", "staff", "owner_id")


class DomainTaken(Invalid):
    """Another company has this domain."""

    def __init__(self) -> None:
        super().__init__(errors={"domain": ["Another company has this domain already. Merge the two instead."]})


def add_company(said: dict[str, Any], *, actor: Actor) -> Company:
    """Add a company of these values, custom ones by names such as "custom.size". Raises: Invalid; DomainTaken."""
    _check(said)
    company = Company(company_id=new_id())
    _write(company, said, is_new=True)
    events.emit("company.added", actor=actor, subject_id=company.company_id, name=company.name)
    return company


def edit_company(
    company: Company, changes: dict[str, Any], *, actor: Actor, seen: dict[str, Any] | None = None
) -> list[str]:
    """Change some fields, custom ones among them by name; returns the names of those that really changed.

    `seen` holds the values the editor started from, as in `people.edit_customer`.
    Raises: Clash with both values of a field somebody else changed meanwhile; Invalid; DomainTaken.
    """
    values.put("company", company.company_id, company.custom, values.by_key(changes))
    present = {name: values.value_of("company", company, company.company_id, name) for name in changes}
    changed = edits.merge(changes, present=present, seen=seen, label=_label_of, words=_in_words)
    _check(changed)
    if changed:
        _write(company, changed)
        events.emit("company.updated", actor=actor, subject_id=company.company_id, fields=sorted(changed))
    return sorted(changed)


def _label_of(name: str) -> str:
    return LABELS.get(name) or values.label_of("company", name)


def _in_words(name: str, value: Any) -> str:
    return str(value or "") if name in LABELS else values.in_words("company", name, value)


def find_or_add(names: Collection[str], *, actor: Actor) -> dict[str, UUID]:
    """The companies that people mean by these names or domains; those that are not there yet are added.

    Raises: Invalid for what is no name.
    """
    found = find_meant(names)
    missing = {typed: details.name(typed) for typed in names if typed not in found}
    if missing:
        new = {folded(name): name for name in missing.values()}
        ids = {key: new_id() for key in new}
        rows = [{"company_id": ids[key], "name": name, "domain": _domain_in(name)} for key, name in new.items()]
        db.session.execute(insert(Company), rows)
        events.emit_many("company.added", [(ids[key], {"name": name}) for key, name in new.items()], actor=actor)
        found |= {typed: ids[folded(name)] for typed, name in missing.items()}
    return found


def find_meant(names: Collection[str]) -> dict[str, UUID]:
    """Those of `find_or_add` that are there already."""
    asked = {typed: " ".join(typed.split()) for typed in names}
    domains = {typed: domain for typed, name in asked.items() if (domain := _domain_in(name))}
    by_domain = queries.find_by_domains(set(domains.values())) if domains else {}
    by_name = queries.find_by_names(set(asked.values())) if asked else {}
    found = {typed: by_name[name].company_id for typed, name in asked.items() if name in by_name}
    return found | {typed: by_domain[one].company_id for typed, one in domains.items() if one in by_domain}


def archive_company(company: Company, *, actor: Actor) -> None:
    """Offer a company no more; its people and what they did stay with it."""
    if company.archived_at is None:
        company.archived_at = now()
        db.session.flush()
        events.emit("company.archived", actor=actor, subject_id=company.company_id)


def restore_company(company: Company, *, actor: Actor) -> None:
    """Undo `archive_company`. Raises: DomainTaken when another company has its domain by now."""
    if company.archived_at is not None:
        _write(company, {"archived_at": None, "merged_into_id": None})
        events.emit("company.restored", actor=actor, subject_id=company.company_id)


def merge_companies(company: Company, other: Company, *, actor: Actor) -> None:
    """Make two companies one: the first keeps what it says and takes over what it does not know.

    People, and whatever else goes with the other, follow; the other is archived and leads to the first.
    Raises: Invalid for a company and itself; Conflict for one that is archived.
    """
    if company.company_id == other.company_id:
        raise Invalid(errors={"other": ["Choose another company."]})
    if company.is_archived or other.is_archived:
        raise Conflict("One of them is archived. Restore it first.")
    moved = queries.people_of(other.company_id)
    events.emit_for_each("customer.updated", moved, {"fields": ["company_id"]}, actor=actor)
    following = update(Customer).where(Customer.company_id == other.company_id).values(company_id=company.company_id)
    db.session.execute(following.execution_options(synchronize_session=False))
    merging.carry_over("company", other.company_id, company.company_id)
    other.archived_at, other.merged_into_id = now(), company.company_id
    db.session.flush()
    company.custom = values.gained("company", company.company_id, other.company_id, company.custom, other.custom)
    taken = {name: getattr(other, name) for name in FILLED_BY_MERGING if not getattr(company, name)}
    _write(company, {name: value for name, value in taken.items() if value})
    events.emit(
        "company.merged", actor=actor, subject_id=company.company_id, other_id=str(other.company_id), name=other.name
    )


def _check(said: dict[str, Any]) -> None:
    if said.get("name", "-") == "":
        raise Invalid(errors={"name": ["Enter a name."]})
    owner_id = said.get("owner_id")
    if owner_id is not None:
        owner = db.session.get(Employee, owner_id)
        if owner is None or not owner.is_active:
            raise Invalid(errors={"owner_id": ["Choose somebody who works here."]})


def _domain_in(name: str) -> str | None:
    """The domain a company is named by, if it is."""
    return details.domain(name) if details.is_domain(name) else None


def _write(company: Company, said: dict[str, Any], *, is_new: bool = False) -> None:
    """Set the values and write, behind a savepoint: a refused domain leaves the session as it was."""
    try:
        with db.session.begin_nested():
            values.write("company", company, company.company_id, said, is_new=is_new)
            db.session.add(company)
            db.session.flush()
    except IntegrityError as refusal:
        if "uq_companies_domain" in str(refusal.orig):
            raise DomainTaken from None
        raise values.taken("company", refusal) or refusal from None
