"""Reading accounts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from app.accounts.models import AccountToken, ApiKey, SignIn
from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Count, Order, Page, estimate, keyset
from app.engine.filters.queries import here_and_now
from app.engine.filters.sql import narrow
from app.engine.filters.tree import Filter
from app.people.models import Customer, Employee, person_registry

Account = Customer | Employee
PAGE_SIZE = 25


def find_by_email(email: str) -> Account | None:
    """Whoever has this address, in any spelling of its case."""
    key = func.lower(email.strip())
    row = db.session.execute(select(person_registry).where(person_registry.c.email_key == key)).one_or_none()
    return None if row is None else find_account(row.person_id, row.kind)


def find_account(person_id: UUID, kind: str | None = None) -> Account | None:
    """A customer or an employee by id."""
    if kind is None:
        kind = db.session.scalar(select(person_registry.c.kind).where(person_registry.c.person_id == person_id))
    return db.session.get(Employee, person_id) if kind == "employee" else db.session.get(Customer, person_id)


def get_account(actor: Actor) -> Account:
    """The account of whoever acts. Raises: NotFound for the system and for nobody."""
    account = None if actor.id is None else find_account(actor.id, actor.kind)
    if account is None:
        raise NotFound
    return account


def list_sign_ins(person_id: UUID) -> Sequence[SignIn]:
    """Where a person is signed in, the latest first."""
    return db.session.scalars(
        select(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None)).order_by(SignIn.seen_at.desc())
    ).all()


def list_api_keys(owner_id: UUID | None) -> Sequence[ApiKey]:
    """A person's keys, the newest first."""
    return db.session.scalars(
        select(ApiKey).where(ApiKey.owner_id == owner_id).order_by(ApiKey.created_at.desc())
    ).all()


@dataclass(frozen=True)
class StaffRow:
    """An employee as the staff list shows them."""

    employee: Employee
    invited_until: datetime | None
    seen_at: datetime | None

    @property
    def state(self) -> tuple[str, str]:
        """Words and tone."""
        if not self.employee.is_active:
            return "Deactivated", "off"
        if self.employee.password_hash is not None:
            return "Active", "good"
        return ("Invited", "wait") if self.invited_until else ("Invitation needed", "bad")


STAFF_ORDERS = {
    "name": Order((Employee.last_name, Employee.first_name, Employee.person_id), "Name"),
    "department": Order((Employee.department, Employee.last_name, Employee.person_id), "Department"),
}


STAFF_GROUPS = {"department": Employee.department, "role": Employee.role}


def list_staff(
    *,
    words: str = "",
    show: str = "",
    where: Filter | None = None,
    sort: str = "name",
    cursor: str = "",
    size: int = PAGE_SIZE,
    group: str = "",
) -> Page[StaffRow]:
    """Employees by name or department. `show`: "" those who work here, "gone" the deactivated ones."""
    orders = {key: order.led_by(STAFF_GROUPS.get(group)) for key, order in STAFF_ORDERS.items()}
    page = keyset(
        _matching(_staff(), words, show, where),
        orders=orders,
        sort=sort,
        cursor=cursor,
        size=size,
        key=lambda row: [getattr(row[0], str(column.key)) for column in orders[sort.removeprefix("-")].columns],
    )
    return replace(page, rows=[StaffRow(*row) for row in page.rows])


def count_staff(*, words: str = "", show: str = "", where: Filter | None = None, group: str = "") -> Count:
    """How many employees the list has."""
    return estimate(
        _matching(select(Employee), words, show, where),
        known_as=f"staff {words!r} {show} {where!r}",
        group=STAFF_GROUPS.get(group),
    )


def _matching(query: Select[Any], words: str, show: str, where: Filter | None) -> Select[Any]:
    deactivated = Employee.deactivated_at.is_not(None)
    query = query.where(deactivated if show == "gone" else ~deactivated)
    name_and_email = Employee.first_name + " " + Employee.last_name + " " + func.coalesce(Employee.email, "")
    searched = func.concat(name_and_email, " ", Employee.department)
    for word in words.split():
        query = query.where(searched.icontains(word, autoescape=True))
    return narrow(query, where, here_and_now()) if where else query


def get_staff_row(person_id: UUID) -> StaffRow:
    """One employee as the staff list shows them. Raises: NotFound."""
    row = db.session.execute(_staff().where(Employee.person_id == person_id)).one_or_none()
    if row is None:
        raise NotFound
    return StaffRow(*row)


def _staff() -> Select[*tuple[Any, ...]]:
    invited = select(func.max(AccountToken.expires_at)).where(
        AccountToken.person_id == Employee.person_id,
        AccountToken.purpose == "invite",
        AccountToken.used_at.is_(None),
        AccountToken.expires_at > func.now(),
    )
    seen = select(func.max(SignIn.seen_at)).where(SignIn.person_id == Employee.person_id)
    return select(Employee, invited.scalar_subquery(), seen.scalar_subquery())


def list_departments() -> Sequence[str]:
    """The departments people work in."""
    return db.session.scalars(
        select(Employee.department).where(Employee.department != "").distinct().order_by(Employee.department)
    ).all()
