"""Finding people."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal_column, null, select, text
from sqlalchemy.orm import aliased

from app.core import metrics
from app.core.access import Actor
from app.core.clock import now
from app.core.crypto import ENDING_LENGTHS, keyring
from app.core.db import db, one_of
from app.core.errors import Invalid, NotFound
from app.core.paging import COUNT_EXACTLY_BELOW, Count, Order, Page, encode_cursor, estimate, keyset, ordered
from app.engine.custom_fields import queries as custom
from app.engine.custom_fields import sorting
from app.engine.filters.queries import here_and_now
from app.engine.filters.sql import narrow
from app.engine.filters.tree import Filter
from app.people import details
from app.people.access import visible_to
from app.people.models import POTENTIAL, Customer, Employee, StageChange

PAGE_SIZE = 25
FEWEST_DIGITS = 6
FEWEST_LETTERS = 3
MOST_WORDS = 6
MOST_FOUND = COUNT_EXACTLY_BELOW
GATHERED_FOR_FEW = 500
ALIKE = 5

# Must read exactly as in the index ix_customers_search, or that is not used.
SEARCHED: ColumnElement[str] = literal_column(
    "fold(customers.first_name || ' ' || customers.last_name || ' ' || COALESCE(customers.email, ''))"
)
NAMES: ColumnElement[str] = literal_column("fold(customers.first_name || ' ' || customers.last_name)")


def _fixed_orders(who: type[Customer]) -> dict[str, Order]:
    return {
        "name": Order((who.last_name, who.first_name, who.person_id), "Name"),
        "created": Order((who.created_at, who.person_id), "Since"),
    }


def orders_of(who: type[Customer], group: str = "") -> dict[str, Order]:
    """The ways to sort customers, or what stands for them in a query, within each group."""
    orders = _fixed_orders(who) | sorting.orders_of("customer", who, "person_id")
    leading = getattr(who, GROUPS[group]) if group else None
    return {key: order.led_by(leading, has_gaps=group == "owner") for key, order in orders.items()}


ORDERS = _fixed_orders(Customer)
GROUPS = {"stage": "stage", "country": "country", "owner": "owner_id"}
"""What customers can be grouped by, and the attribute that tells it."""


@dataclass(frozen=True)
class CustomerFilter:
    """What a list of customers is narrowed to; "" or None leaves it open."""

    q: str = ""
    stage: str = ""
    country: str = ""
    owner_id: UUID | None = None
    company_id: UUID | None = None
    state: str = "active"
    where: Filter | None = None
    is_loose: bool = False
    """Nearly the same spelling will do."""

    @property
    def is_open(self) -> bool:
        """Nothing is narrowed."""
        return self == CustomerFilter()


class StageStep(NamedTuple):
    """That a customer came from one stage (None: newly registered) to another; `actor_name` is an employee's."""

    before: str | None
    after: str
    at: datetime
    actor_id: UUID | None
    actor_name: str


def get_customer(actor: Actor, customer_id: UUID) -> Customer:
    """The door to one customer. Raises: NotFound when not there or not visible to this actor."""
    customer = db.session.scalar(select(Customer).where(Customer.person_id == customer_id, visible_to(actor)))
    if customer is None:
        raise NotFound
    return customer


def get_customer_and_owner(actor: Actor, customer_id: UUID) -> tuple[Customer, Employee | None]:
    """The door to one customer, with whoever looks after them. Raises: as `get_customer`."""
    query = select(Customer, Employee).outerjoin(Employee, Employee.person_id == Customer.owner_id)
    found = db.session.execute(query.where(Customer.person_id == customer_id, visible_to(actor))).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


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
    group: str = "",
    gathered: int = MOST_FOUND,
) -> Page[Customer]:
    """One page of the customers this actor may see. `country_code` reads phone numbers without a country.

    Matches of a search are gathered first, then counted and sorted, never looked for along the
    sorted list: a name far down would mean reading all customers before it. At most `gathered` are.
    """
    matching = _matching(actor, wanted, country_code)
    if wanted.q:
        found = matching.limit(gathered + 1).cte("found")
        who = aliased(Customer, found)
        query = select(who, select(func.count()).select_from(found).scalar_subquery().label("found"))
    else:
        who, query = Customer, matching.add_columns(null().label("found"))
    orders = orders_of(who, group)
    page = keyset(
        query,
        orders=orders,
        sort=sort,
        cursor=cursor,
        size=size,
    )
    count = Count.bounded(page.rows[0].found) if page.rows and wanted.q else None
    return replace(page.scalars(), count=count)


def select_customers(actor: Actor, wanted: CustomerFilter, country_code: str, *, sort: str, group: str) -> Select[Any]:
    """All customers that a list finds, in its order: nobody is spelled as asked for, then those who nearly are."""
    matching = _matching(actor, wanted, country_code)
    if wanted.q and not db.session.scalar(select(matching.exists())):
        matching = _matching(actor, replace(wanted, is_loose=True), country_code)
    return ordered(matching, orders_of(Customer, group), sort)


def find_neighbours(
    actor: Actor, customer: Customer, wanted: CustomerFilter, *, sort: str, country_code: str, group: str = ""
) -> tuple[Customer | None, Customer | None]:
    """Who stands before and behind a customer in a list, whether or not that still has the customer."""
    order = orders_of(Customer, group).get(sort.removeprefix("-"))
    if order is None:
        raise Invalid("That list cannot be sorted so.")
    here = order.place_of(customer)
    asked: dict[str, Any] = {"sort": sort, "country_code": country_code, "group": group, "size": 1}
    before, behind = (
        list_customers(actor, wanted, cursor=encode_cursor(direction, here), **asked).rows for direction in "ba"
    )
    return before[0] if before else None, behind[0] if behind else None


def count_customers(actor: Actor, wanted: CustomerFilter, country_code: str, *, group: str = "") -> Count:
    """How many customers the list has, in bounded time; of a search, its page tells already."""
    everybody = wanted.is_open and actor.scope("customers.read") == "all"
    return estimate(
        _matching(actor, wanted, country_code),
        known_as=f"{actor.id} {wanted!r}",
        whole_tables=["customers"] if everybody else (),
        group=getattr(Customer, GROUPS[group]) if group else None,
    )


def find_names(actor: Actor, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of those of some customers whom this actor may see."""
    query = select(Customer.person_id, Customer.name).where(one_of(Customer.person_id, ids), visible_to(actor))
    return dict(db.session.execute(query).tuples().all())


def search_customers(actor: Actor, words: str, country_code: str, limit: int) -> Sequence[Customer]:
    """The best matches for what somebody typed, as the palette shows them."""
    few: dict[str, Any] = {"country_code": country_code, "size": limit, "gathered": GATHERED_FOR_FEW}
    page = list_customers(actor, CustomerFilter(q=words), **few)
    if not page.rows:
        page = list_customers(actor, CustomerFilter(q=words, is_loose=True), **few)
    return page.rows


def _matching(actor: Actor, wanted: CustomerFilter, country_code: str) -> Select[Any]:
    query = select(Customer).where(visible_to(actor))
    if wanted.state == "active":
        query = query.where(Customer.erased_at.is_(None))
    elif wanted.state == "deactivated":
        query = query.where(Customer.deactivated_at.is_not(None), Customer.erased_at.is_(None))
    for column, value in (
        (Customer.stage, wanted.stage),
        (Customer.country, wanted.country),
        (Customer.owner_id, wanted.owner_id),
        (Customer.company_id, wanted.company_id),
    ):
        if value:
            query = query.where(column == value)
    if wanted.where:
        query = narrow(query, wanted.where, here_and_now())
    if wanted.q:
        said = sounds_like(actor, wanted.q) if wanted.is_loose else _says(actor, wanted.q, country_code)
        query = query.where(said)
    return query


def _says(actor: Actor, words: str, country_code: str) -> ColumnElement[bool]:
    """Every word is in the name or email, or the whole is a reference, a phone number or its last digits."""
    is_said = _is_called(actor, words, country_code)
    own = custom.says("customer", Customer.person_id, words)
    if own is not None:
        is_said = is_said | own
    digits = "".join(character for character in words if character.isdigit())
    is_ending = len(digits) in ENDING_LENGTHS and all(one.isdigit() or one in " -()/." for one in words)
    if is_ending and actor.can("pii.read"):
        ending = Customer.phone_endings.contains([keyring.ending_index(digits, "people.phone")])
        return is_said | ending
    return is_said


def _is_called(actor: Actor, words: str, country_code: str) -> ColumnElement[bool]:
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
    is_named = named(actor, words)
    return is_named | (Customer.reference == words.strip()) if len(words.split()) == 1 else is_named


def named(actor: Actor, words: str) -> ColumnElement[bool]:
    """Every word is in the customer's name or email, whatever its case and accents.

    A word too short for the index of three-letter pieces must begin a name. Emails are searched only for whom
    sees them: asked letter by letter, a search would tell all of one.
    """
    return and_(*(_is_in(actor, partial(_has, word=word)) for word in words.split()[:MOST_WORDS]))


def sounds_like(actor: Actor, words: str) -> ColumnElement[bool]:
    """A part of the customer's name, or of the email for whom sees it, is spelled nearly so."""
    return _is_in(actor, lambda searched: searched.op("%>", is_comparison=True)(_folded(words)))


def _is_in(actor: Actor, test: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> ColumnElement[bool]:
    """What is in a name is in name and email together, which an index knows; the name is then looked at again."""
    return test(SEARCHED) if actor.can("pii.read") else test(SEARCHED) & test(NAMES)


def _has(searched: ColumnElement[str], *, word: str) -> ColumnElement[bool]:
    plain = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if len(word) >= FEWEST_LETTERS:
        return searched.like(_folded(f"%{plain}%"))
    return searched.like(_folded(f"{plain}%")) | searched.like(_folded(f"% {plain}%"))


def _folded(pattern: str) -> ColumnElement[str]:
    """The pattern is written out in the statement: the planner must see how rare the word is."""
    return func.fold(bindparam(None, pattern, literal_execute=True))


def similar_customers(
    actor: Actor, *, name: str, phone: str | None, except_id: UUID | None = None
) -> Sequence[Customer]:
    """Customers who may be the same person: the same phone, or nearly the same name."""
    criteria: list[ColumnElement[bool]] = []
    if phone:
        criteria.append(Customer.phone_index == keyring.blind_index(phone, "people.phone"))
    if len(name.strip()) >= 5:
        criteria.append(sounds_like(actor, name))
    if not criteria:
        return []
    found: list[Customer] = []
    for criterion in criteria:
        query = select(Customer).where(criterion, visible_to(actor), Customer.erased_at.is_(None))
        if except_id:
            query = query.where(Customer.person_id != except_id)
        found += [row for row in db.session.scalars(query.limit(ALIKE)) if row not in found]
    return found[:ALIKE]


COUNTRIES = text(
    """
    WITH RECURSIVE known AS (
        (SELECT country FROM customers WHERE country > '' ORDER BY country LIMIT 1)
        UNION ALL
        SELECT (SELECT country FROM customers WHERE country > known.country ORDER BY country LIMIT 1)
        FROM known WHERE known.country IS NOT NULL
    )
    SELECT country FROM known WHERE country IS NOT NULL LIMIT 300
    """
)


def list_countries() -> Sequence[str]:
    """The countries customers are in, found by hopping along the index from one to the next."""
    return db.session.scalars(COUNTRIES).all()


def list_stage_changes(customer_id: UUID) -> list[StageStep]:
    """The stages a customer came through, the latest first."""
    query = (
        select(StageChange, Employee.first_name, Employee.last_name)
        .outerjoin(Employee, Employee.person_id == StageChange.actor_id)
        .where(StageChange.person_id == customer_id)
        .order_by(StageChange.at.desc(), StageChange.change_id.desc())
    )
    return [
        StageStep(step.before, step.after, step.at, step.actor_id, f"{first or ''} {last or ''}".strip())
        for step, first, last in db.session.execute(query)
    ]


@metrics.collector
def collect() -> Iterable[tuple[str, str, dict[str, str], float]]:
    """How many leads came and how many became customers, for the metrics page."""
    lately = StageChange.at >= now() - timedelta(days=1)
    came = func.count().filter(StageChange.before.is_(None), StageChange.after.in_(POTENTIAL))
    converted = func.count().filter(StageChange.before.in_(POTENTIAL), StageChange.after == "customer")
    row = db.session.execute(select(came, converted).where(lately)).one()
    yield "rapport_leads_created_last_day", "Leads registered in the last 24 hours", {}, row[0]
    yield "rapport_leads_converted_last_day", "Leads who became customers in the last 24 hours", {}, row[1]


def list_owners() -> Sequence[Employee]:
    """Employees who can look after customers."""
    order = (Employee.last_name, Employee.first_name, Employee.person_id)
    return db.session.scalars(select(Employee).where(Employee.deactivated_at.is_(None)).order_by(*order)).all()
