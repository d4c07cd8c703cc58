"""Finding people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, literal_column, select
from sqlalchemy.orm import aliased

from app.core.access import Actor
from app.core.crypto import keyring
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.core.paging import Count, Order, Page, estimate, keyset
from app.people import details
from app.people.access import visible_to
from app.people.models import Customer, Employee

PAGE_SIZE = 25
FEWEST_DIGITS = 6
MOST_WORDS = 6
ALIKE = 5

# Must read exactly as in the index ix_customers_search, or the index is not used.
SEARCHED: ColumnElement[str] = literal_column(
    "fold(customers.first_name || ' ' || customers.last_name || ' ' || COALESCE(customers.email, ''))"
)

ORDERS = {
    "name": Order((Customer.last_name, Customer.first_name, Customer.person_id), "Name"),
    "created": Order((Customer.created_at, Customer.person_id), "Since"),
}


@dataclass(frozen=True)
class CustomerFilter:
    """What a list of customers is narrowed to; "" or None leaves it open."""

    q: str = ""
    stage: str = ""
    country: str = ""
    owner_id: UUID | None = None
    state: str = "active"

    @property
    def is_open(self) -> bool:
        """Nothing is narrowed."""
        return not (self.q or self.stage or self.country or self.owner_id) and self.state == "active"


@dataclass(frozen=True)
class CustomerRow:
    """A customer as a list shows them."""

    customer: Customer
    owner_name: str


def get_customer(actor: Actor, customer_id: UUID) -> Customer:
    """The door to one customer. Raises: NotFound when not there or not visible to this actor."""
    customer = db.session.scalar(select(Customer).where(Customer.person_id == customer_id, visible_to(actor)))
    if customer is None:
        raise NotFound
    return customer


def get_employee(employee_id: UUID) -> Employee:
    """One employee. Raises: NotFound."""
    employee = db.session.get(Employee, employee_id)
    if employee is None:
        raise NotFound
    return employee


def find_employee(employee_id: UUID | None) -> Employee | None:
    """An employee, or None when there is none of this id."""
    return db.session.get(Employee, employee_id) if employee_id else None


def get_own_profile(actor: Actor) -> Customer:
    """The customer who is signed in. Raises: NotFound for anybody else."""
    customer = db.session.get(Customer, actor.id) if actor.kind == "customer" else None
    if customer is None:
        raise NotFound
    return customer


def list_customers(
    actor: Actor,
    wanted: CustomerFilter,
    *,
    sort: str = "name",
    cursor: str = "",
    country_code: str,
    size: int = PAGE_SIZE,
) -> Page[CustomerRow]:
    """One page of the customers this actor may see. `country_code` reads phone numbers without a country."""
    owner = aliased(Employee)
    query = (
        _matching(actor, wanted, country_code)
        .add_columns(owner.first_name, owner.last_name)
        .outerjoin(owner, owner.person_id == Customer.owner_id)
    )
    page = keyset(
        query,
        orders=ORDERS,
        sort=sort,
        cursor=cursor,
        size=size,
        key=lambda row: [getattr(row[0], str(column.key)) for column in ORDERS[sort.removeprefix("-")].columns],
    )
    rows = [CustomerRow(row[0], f"{row[1] or ''} {row[2] or ''}".strip()) for row in page.rows]
    return Page(rows, page.next, page.previous, page.size, page.sort)


def count_customers(actor: Actor, wanted: CustomerFilter, country_code: str) -> Count:
    """How many customers the list has, in bounded time."""
    everybody = wanted.is_open and actor.scope("customers.read") == "all"
    return estimate(_matching(actor, wanted, country_code), whole_tables=["customers"] if everybody else ())


def search_customers(actor: Actor, words: str, country_code: str, limit: int) -> Sequence[Customer]:
    """The best matches for what somebody typed, as the palette shows them."""
    query = _matching(actor, CustomerFilter(q=words), country_code)
    return db.session.scalars(query.order_by(*ORDERS["name"].columns).limit(limit)).all()


def _matching(actor: Actor, wanted: CustomerFilter, country_code: str) -> Select[Any]:
    query = select(Customer).where(visible_to(actor))
    if wanted.state == "active":
        query = query.where(Customer.erased_at.is_(None))
    elif wanted.state == "deactivated":
        query = query.where(Customer.deactivated_at.is_not(None), Customer.erased_at.is_(None))
    if wanted.stage:
        query = query.where(Customer.stage == wanted.stage)
    if wanted.country:
        query = query.where(Customer.country == wanted.country)
    if wanted.owner_id:
        query = query.where(Customer.owner_id == wanted.owner_id)
    if wanted.q:
        query = query.where(_says(wanted.q, country_code))
    return query


def _says(words: str, country_code: str) -> ColumnElement[bool]:
    """Every word is in the name or email, or the whole is a phone number or a reference."""
    digits = sum(character.isdigit() for character in words)
    if digits >= FEWEST_DIGITS and digits * 2 >= len(words):
        try:
            number = details.phone(words, country_code)
        except Invalid:
            number = None
        if number:
            return (Customer.phone_index == keyring.blind_index(number, "people.phone")) | (
                Customer.reference == words.strip()
            )
    one_word = len(words.split()) == 1
    return named(words) | (Customer.reference == words.strip()) if one_word else named(words)


def named(words: str) -> ColumnElement[bool]:
    """Every word is in the customer's name or email, whatever its case and accents."""
    parts = words.split()[:MOST_WORDS]
    return and_(*(SEARCHED.like(func.fold(literal(f"%{_plain(part)}%"))) for part in parts))


def _plain(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def similar_customers(
    actor: Actor, *, name: str, phone: str | None, except_id: UUID | None = None
) -> Sequence[Customer]:
    """Customers who may be the same person: the same phone, or nearly the same name."""
    criteria: list[ColumnElement[bool]] = []
    if phone:
        criteria.append(Customer.phone_index == keyring.blind_index(phone, "people.phone"))
    if len(name.strip()) >= 5:
        criteria.append(SEARCHED.op("%>")(func.fold(name)))
    if not criteria:
        return []
    found: list[Customer] = []
    for criterion in criteria:
        query = select(Customer).where(criterion, visible_to(actor), Customer.erased_at.is_(None))
        if except_id:
            query = query.where(Customer.person_id != except_id)
        found += [row for row in db.session.scalars(query.limit(ALIKE)) if row not in found]
    return found[:ALIKE]


def list_owners() -> Sequence[Employee]:
    """Employees who can look after customers."""
    order = (Employee.last_name, Employee.first_name, Employee.person_id)
    return db.session.scalars(select(Employee).where(Employee.deactivated_at.is_(None)).order_by(*order)).all()
