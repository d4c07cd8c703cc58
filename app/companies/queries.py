"""Finding companies and their people."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, and_, bindparam, cast, func, literal_column, select, true

from app.companies.models import Company
from app.core import metrics
from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import NotFound
from app.core.paging import Count, Order, Page, estimate, keyset, ordered
from app.engine.custom_fields import sorting
from app.engine.filters.queries import here_and_now
from app.engine.filters.sql import narrow
from app.engine.filters.tree import Filter
from app.people.models import Customer, Employee

PAGE_SIZE = 25
MOST_WORDS = 6
SUGGESTED = 8

# Must read exactly as in the index ix_companies_search, or the index is not used.
SEARCHED: ColumnElement[str] = literal_column(
    "fold(companies.name || ' ' || COALESCE(companies.domain, '') || ' ' || companies.phone)"
)

ORDERS = {
    "name": Order((Company.name, Company.company_id), "Company"),
    "created": Order((Company.created_at, Company.company_id), "Added"),
}
GROUPS: dict[str, ColumnElement[Any]] = {
    "industry": Company.industry.expression,
    "country": Company.country.expression,
}


@dataclass(frozen=True)
class CompanyFilter:
    """What a list of companies is narrowed to; "" leaves it open."""

    q: str = ""
    state: str = "active"
    where: Filter | None = None

    @property
    def is_open(self) -> bool:
        """Nothing is narrowed."""
        return self == CompanyFilter()


def get_company(company_id: UUID) -> Company:
    """One company, archived or not. Raises: NotFound."""
    company = db.session.get(Company, company_id)
    if company is None:
        raise NotFound
    return company


def get_company_and_owner(company_id: UUID) -> tuple[Company, Employee | None]:
    """One company with whoever looks after it. Raises: NotFound."""
    query = select(Company, Employee).outerjoin(Employee, Employee.person_id == Company.owner_id)
    found = db.session.execute(query.where(Company.company_id == company_id)).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def list_companies(
    wanted: CompanyFilter, *, sort: str = "name", cursor: str = "", size: int = PAGE_SIZE, group: str = ""
) -> Page[Company]:
    """One page of companies."""
    return keyset(_matching(wanted), orders=_orders(group), sort=sort, cursor=cursor, size=size).scalars()


def select_companies(wanted: CompanyFilter, *, sort: str, group: str) -> Select[Any]:
    """All companies that a list finds, in its order."""
    return ordered(_matching(wanted), _orders(group), sort)


def _orders(group: str) -> dict[str, Order]:
    orders = ORDERS | sorting.orders_of("company", Company, "company_id")
    return {key: order.led_by(GROUPS.get(group)) for key, order in orders.items()}


def count_companies(wanted: CompanyFilter, *, group: str = "") -> Count:
    """How many companies the list has, in bounded time."""
    return estimate(
        _matching(wanted),
        known_as=f"companies {wanted!r}",
        whole_tables=["companies"] if wanted.is_open else (),
        group=GROUPS.get(group),
    )


def search_companies(words: str, limit: int = SUGGESTED) -> Sequence[Company]:
    """The best matches among those that are not archived, those that begin with the words first."""
    query = _matching(CompanyFilter(q=words))
    begins = func.starts_with(func.fold(Company.name), func.fold(words.strip()))
    return db.session.scalars(query.order_by(begins.desc(), *ORDERS["name"].columns).limit(limit)).all()


def find_names(_actor: Actor, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of some companies."""
    query = select(Company.company_id, Company.name).where(one_of(Company.company_id, ids))
    return dict(db.session.execute(query).tuples().all())


def find_by_domains(domains: Collection[str]) -> dict[str, Company]:
    """The companies of these domains that are not archived."""
    query = select(Company).where(one_of(Company.domain, domains), Company.archived_at.is_(None))
    return {str(company.domain): company for company in db.session.scalars(query)}


def find_by_names(names: Collection[str]) -> dict[str, Company]:
    """The companies of these names, by the name that was asked for; of several the oldest one."""
    asked = func.unnest(cast(list(names), ARRAY(Text))).column_valued("asked")
    query = (
        select(asked, Company)
        .join(Company, and_(func.fold(Company.name) == func.fold(asked), Company.archived_at.is_(None)))
        .distinct(asked)
        .order_by(asked, Company.created_at, Company.company_id)
    )
    return dict(db.session.execute(query).tuples().all())


def people_of(company_id: Any) -> Select[Any]:
    """The ids of the customers who work for a company."""
    return select(Customer.person_id).where(Customer.company_id == company_id)


def count_people(companies: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    """How many customers work for each of a page's companies."""
    ids = [company.company_id for company in companies]
    counted = select(Customer.company_id.label("id"), func.count().label("people"))
    return counted.where(one_of(Customer.company_id, ids)).group_by(Customer.company_id)


def _matching(wanted: CompanyFilter) -> Select[Any]:
    archived = Company.archived_at.is_not(None)
    states: Mapping[str, ColumnElement[bool]] = {"active": ~archived, "archived": archived, "all": true()}
    query = select(Company).where(states[wanted.state])
    if wanted.where:
        query = narrow(query, wanted.where, here_and_now())
    if wanted.q:
        query = query.where(_says(wanted.q))
    return query


def _says(words: str) -> ColumnElement[bool]:
    """Every word is in the name, domain or phone, or the whole is nearly a part of them."""
    parts = [part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for part in words.split()]
    written = and_(*(SEARCHED.like(_folded(f"%{part}%")) for part in parts[:MOST_WORDS]))
    return written | SEARCHED.op("%>", is_comparison=True)(_folded(words))


def _folded(pattern: str) -> ColumnElement[str]:
    """The pattern is written out in the statement: the planner must see how rare the word is."""
    return func.fold(bindparam(None, pattern, literal_execute=True))


@metrics.collector
def collect() -> Iterable[tuple[str, str, dict[str, str], float]]:
    """How many companies there are, for the metrics page."""
    number = db.session.scalar(select(func.count()).select_from(Company).where(Company.archived_at.is_(None)))
    yield "rapport_companies", "Companies that are not archived", {}, number or 0
