"""What is done to people."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.core import edits
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, new_id
from app.core.errors import Conflict, Invalid, NotAllowed
from app.engine.custom_fields import values
from app.engine.events import actions as events
from app.people import conversion, employers, traces
from app.people.models import STAGES, Customer, Employee, PersonColumns, person_registry
from app.people.privacy import CONTACT, sees_all_of

ROLES = ("agent", "manager", "admin")
LABELS = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "Email",
    "phone": "Phone",
    "address": "Address",
    "stage": "Stage",
    "country": "Country",
    "owner_id": "Owner",
    "company_id": "Company",
    "source": "Source",
}


class EmailTaken(Invalid):
    """Somebody has this email already, whatever their kind."""

    def __init__(self) -> None:
        super().__init__(errors={"email": ["Somebody with this email is registered already."]})


@dataclass(frozen=True)
class CustomerDetails:
    """What the shop knows about a customer, made plain by `details`."""

    first_name: str = ""
    last_name: str = ""
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    stage: str = "customer"
    country: str = ""
    owner_id: UUID | None = None
    company_id: UUID | None = None


@dataclass(frozen=True)
class EmployeeDetails:
    """What is known about an employee."""

    first_name: str
    last_name: str
    email: str
    department: str = ""
    position: str = ""
    role: str = "agent"


def register_customer(
    details: CustomerDetails,
    *,
    actor: Actor,
    source: str = "staff",
    password_hash: str | None = None,
    reference: str | None = None,
    custom: Mapping[str, Any] | None = None,
) -> Customer:
    """Add a customer. `custom` has plain values of custom fields by key; None where nobody was asked for them.

    Raises: Invalid without any name or email, for an owner who cannot be one, or for a company that
    is not there; EmailTaken when the email belongs to somebody.
    """
    if not (details.first_name or details.last_name or details.email):
        raise Invalid(errors={"last_name": ["Enter a name or an email."]})
    _check_stage(details.stage)
    _check_owner(details.owner_id)
    employers.check(actor, details.company_id)
    customer = Customer(
        person_id=new_id(), source=source, password_hash=password_hash, reference=reference, **vars(details)
    )
    if custom is not None:
        customer.custom = values.put("customer", customer.person_id, {}, custom, is_new=True)
    _add(customer)
    events.emit("customer.registered", actor=actor, subject_id=customer.person_id, source=source)
    conversion.tell_created([customer], actor=actor)
    return customer


def edit_customer(
    customer: Customer, changes: dict[str, Any], *, actor: Actor, seen: dict[str, Any] | None = None
) -> list[str]:
    """Change some fields of a customer, custom ones by names such as "custom.size"; returns what really changed.

    `seen` holds the values the editor started from: a field somebody else changed since is
    a conflict, other people's changes to other fields are kept.
    Raises: Clash with both values of each such field; Conflict for an erased customer; EmailTaken;
    NotAllowed for contact details that the actor sees masked;
    Invalid for an unknown stage, an owner who cannot be one, or a company that is not there.
    """
    if seen is not None:
        db.session.refresh(customer, with_for_update=True)
    if customer.is_erased:
        raise Conflict("This customer was erased and stays so.")
    _check_custom(customer, changes)
    present = {name: value_of(customer, name) for name in changes}
    changed = edits.merge(changes, present=present, seen=seen, label=_label_of, words=_in_words)
    if changed.keys() & CONTACT and not sees_all_of(actor, customer):
        raise NotAllowed("You see only a part of these contact details, so you cannot change them.")
    if "stage" in changed:
        _check_stage(changed["stage"])
    _check_owner(changed.get("owner_id"))
    employers.check(actor, changed.get("company_id"))
    if not changed:
        return []
    before = customer.stage
    _change(customer, changed)
    events.emit("customer.updated", actor=actor, subject_id=customer.person_id, fields=sorted(changed))
    if changed.get("stage") == "customer":
        conversion.tell_converted({customer.person_id: before}, actor=actor, how="hand")
    return sorted(changed)


def _label_of(name: str) -> str:
    return LABELS.get(name) or values.label_of("customer", name)


def value_of(customer: Customer, name: str) -> Any:
    """What a customer has under a name: an attribute, or a custom field as "custom.size"."""
    return values.value_of("customer", customer, customer.person_id, name)


def _in_words(name: str, value: Any) -> str:
    is_custom = name.startswith(values.PREFIX)
    return values.in_words("customer", name, value) if is_custom else str(value or "")


def _check_custom(customer: Customer, changes: dict[str, Any]) -> None:
    """Raises: Invalid for values of custom fields that make no sense, or are missing, changed or not."""
    values.put("customer", customer.person_id, customer.custom, values.by_key(changes))


def deactivate(person: Customer | Employee, *, actor: Actor) -> None:
    """Keep a person from signing in and from being chosen; everything about them stays."""
    if person.deactivated_at is None:
        person.deactivated_at = now()
        db.session.flush()
        events.emit(f"{person.kind}.deactivated", actor=actor, subject_id=person.person_id)


def reactivate(person: Customer | Employee, *, actor: Actor) -> None:
    """Undo `deactivate`. Raises: Conflict for an erased person."""
    if person.erased_at is not None:
        raise Conflict("An erased person cannot be brought back.")
    if person.deactivated_at is not None:
        person.deactivated_at = None
        db.session.flush()
        events.emit(f"{person.kind}.reactivated", actor=actor, subject_id=person.person_id)


def erase_customer(customer: Customer, *, actor: Actor, reason: str) -> bool:
    """Remove what identifies a customer and keep the books; returns False when that was done before.

    Everything this floor knows goes at once; upper floors hear `customer.erased` and remove theirs.
    Source: GDPR article 17; the books are kept under article 17 (3) (b).
    """
    if not reason.strip():
        raise Invalid(errors={"reason": ["Say why, for the record."]})
    if customer.erased_at is not None:
        return False
    email = customer.email
    customer.first_name, customer.last_name = "Erased", "customer"
    customer.email = customer.phone = customer.address = customer.password_hash = None
    customer.email_verified_at = customer.reference = customer.company_id = None
    customer.country = customer.source = customer.time_zone = ""
    customer.custom = {}
    customer.erased_at = customer.deactivated_at = now()
    db.session.flush()
    traces.forget(customer.person_id, email)
    events.emit("customer.erased", actor=actor, subject_id=customer.person_id, reason=reason.strip())
    return True


def register_employee(details: EmployeeDetails, *, actor: Actor) -> Employee:
    """Add an employee, who can sign in once they have set a password. Raises: EmailTaken, Invalid."""
    _check_role(details.role)
    employee = Employee(**vars(details))
    _add(employee)
    events.emit(
        "employee.registered",
        actor=actor,
        subject_id=employee.person_id,
        department=employee.department,
        role=employee.role,
    )
    return employee


def edit_employee(employee: Employee, changes: dict[str, Any], *, actor: Actor) -> list[str]:
    """Change an employee's name, position or email; department and role have actions of their own."""
    changed = {name: value for name, value in changes.items() if getattr(employee, name) != value}
    if changed:
        _change(employee, changed)
        events.emit("employee.updated", actor=actor, subject_id=employee.person_id, fields=sorted(changed))
    return sorted(changed)


def assign_department(employee: Employee, department: str, *, actor: Actor) -> None:
    """Move an employee to another department."""
    before = employee.department
    if before != department:
        employee.department = department
        db.session.flush()
        events.emit(
            "employee.department_changed",
            actor=actor,
            subject_id=employee.person_id,
            before=before,
            after=department,
        )


def assign_role(employee: Employee, role: str, *, actor: Actor) -> None:
    """Give an employee another role. Raises: Conflict when nobody would be left as admin."""
    _check_role(role)
    before = employee.role
    if before == role:
        return
    if before == "admin":
        keep_one_admin(employee)
    employee.role = role
    db.session.flush()
    events.emit("employee.role_changed", actor=actor, subject_id=employee.person_id, before=before, after=role)


def keep_one_admin(leaving: Employee) -> None:
    """Raises: Conflict when the employee is the last active admin. Holds the others' rows until the end."""
    others = db.session.scalars(
        select(Employee.person_id)
        .where(Employee.role == "admin", Employee.deactivated_at.is_(None), Employee.person_id != leaving.person_id)
        .order_by(Employee.person_id)
        .with_for_update()
    ).all()
    if not others:
        raise Conflict("Somebody must stay admin. Make somebody else admin first.")


def _check_stage(stage: str) -> None:
    if stage not in STAGES:
        raise Invalid(errors={"stage": [f"Choose one of {', '.join(STAGES)}."]})


def _check_owner(owner_id: UUID | None) -> None:
    if owner_id is None:
        return
    owner = db.session.get(Employee, owner_id)
    if owner is None or not owner.is_active:
        raise Invalid(errors={"owner_id": ["Choose somebody who works here."]})


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise Invalid(errors={"role": [f"Choose one of {', '.join(ROLES)}."]})


def _add(person: PersonColumns) -> None:
    with _one_owner_of(person.email, person.person_id):
        db.session.add(person)


def _change(person: PersonColumns, changed: dict[str, Any]) -> None:
    with _one_owner_of(changed.get("email"), person.person_id):
        values.write(person.kind, person, person.person_id, changed)


@contextmanager
def _one_owner_of(email: str | None, person_id: UUID | None) -> Iterator[None]:
    """Write what is done inside, and read a refused email as what it means.

    The registry refuses a second owner even when both come in the same moment. What is done stands
    behind a savepoint, so after a refusal the session goes on as if nothing had been tried.
    """
    if email and _owner_of(email) not in (None, person_id):
        raise EmailTaken
    try:
        with db.session.begin_nested():
            yield
            db.session.flush()
    except IntegrityError as refusal:
        if "email_key" in str(refusal.orig):
            raise EmailTaken from None
        raise values.taken("customer", refusal) or refusal from None


def _owner_of(email: str) -> UUID | None:
    with db.session.no_autoflush:
        return db.session.scalar(
            select(person_registry.c.person_id).where(person_registry.c.email_key == func.lower(email))
        )
