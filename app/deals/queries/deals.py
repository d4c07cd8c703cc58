"""Finding deals."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, literal, literal_column, select
from sqlalchemy.orm import aliased

from app.companies.models import Company
from app.core import metrics
from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import NotFound
from app.core.paging import Count, Order, Page, estimate, keyset, ordered
from app.deals.access import visible_to
from app.deals.models import Deal, DealLine, LostReason, Pipeline, Stage
from app.engine.custom_fields import sorting
from app.engine.filters.queries import here_and_now
from app.engine.filters.sql import narrow
from app.engine.filters.tree import Filter
from app.people import queries as people
from app.people.models import Customer, Employee
from app.products.models import Product
from app.sales.models import Receipt

PAGE_SIZE = 25
MOST_WORDS = 6
STATES = ("open", "won", "lost", "all")

# Must read exactly as in the index ix_deals_search, or the index is not used.
SEARCHED: ColumnElement[str] = literal_column("fold(deals.title)")
ORDERS = {
    "title": Order((Deal.title, Deal.deal_id), "Deal"),
    "value": Order((Deal.value_minor, Deal.deal_id), "Value"),
    "created": Order((Deal.created_at, Deal.deal_id), "Added"),
    "expected": Order((Deal.expected_on, Deal.deal_id), "Expected", has_gaps=True),
    "closed": Order((Deal.closed_at, Deal.deal_id), "Closed", has_gaps=True),
}
GROUPS: Mapping[str, Any] = {"stage": Deal.stage_id, "owner": Deal.owner_id, "pipeline": Deal.pipeline_id}


@dataclass(frozen=True)
class DealFilter:
    """What a list or board of deals is narrowed to; "" or None leaves it open."""

    q: str = ""
    state: str = "open"
    pipeline_id: UUID | None = None
    stage_id: UUID | None = None
    owner_id: UUID | None = None
    customer_id: UUID | None = None
    company_id: UUID | None = None
    where: Filter | None = None

    @property
    def is_open(self) -> bool:
        """Nothing is narrowed."""
        return self == DealFilter()


@dataclass(frozen=True)
class Line:
    """A product on a deal as it is shown."""

    line: DealLine
    product: Product


@dataclass(frozen=True)
class Whole:
    """A deal with all that its page names."""

    deal: Deal
    pipeline: Pipeline
    stage: Stage
    customer: Customer | None
    owner: Employee | None
    reason: LostReason | None
    receipt: Receipt | None
    company: Company | None

    @property
    def customer_name(self) -> str:
        """Who may buy; "" while nobody is named."""
        if self.customer is None:
            return ""
        return "Erased customer" if self.customer.is_erased else self.customer.name


def get_deal(actor: Actor, deal_id: UUID) -> Deal:
    """The door to one deal. Raises: NotFound when not there or not visible to this actor."""
    deal = db.session.scalar(select(Deal).where(Deal.deal_id == deal_id, visible_to(actor)))
    if deal is None:
        raise NotFound
    return deal


def get_whole(actor: Actor, deal_id: UUID) -> Whole:
    """The door to one deal with what its page names. One statement. Raises: NotFound."""
    query = (
        select(Deal, Pipeline, Stage, Customer, Employee, LostReason, Receipt, Company)
        .join(Pipeline, Pipeline.pipeline_id == Deal.pipeline_id)
        .join(Stage, Stage.stage_id == Deal.stage_id)
        .outerjoin(Customer, Customer.person_id == Deal.customer_id)
        .outerjoin(Employee, Employee.person_id == Deal.owner_id)
        .outerjoin(LostReason, LostReason.reason_id == Deal.lost_reason_id)
        .outerjoin(Receipt, Receipt.receipt_id == Deal.receipt_id)
        .outerjoin(Company, Company.company_id == Deal.company_id)
        .where(Deal.deal_id == deal_id, visible_to(actor))
    )
    found = db.session.execute(query).first()
    if found is None:
        raise NotFound
    return Whole(*found)


def lock_deal(deal: Deal) -> Deal:
    """The deal as it is now, held until the transaction ends."""
    db.session.refresh(deal, with_for_update=True)
    return deal


def list_deals(
    actor: Actor,
    wanted: DealFilter,
    *,
    sort: str = "-created",
    cursor: str = "",
    size: int = PAGE_SIZE,
    group: str = "",
) -> Page[Deal]:
    """One page of the deals this actor may see."""
    return keyset(matching(actor, wanted), orders=_orders(group), sort=sort, cursor=cursor, size=size).scalars()


def select_deals(actor: Actor, wanted: DealFilter, *, sort: str, group: str) -> Select[Any]:
    """All deals that a list finds, in its order."""
    return ordered(matching(actor, wanted), _orders(group), sort)


def _orders(group: str) -> dict[str, Order]:
    orders = ORDERS | sorting.orders_of("deal", Deal, "deal_id")
    return {key: order.led_by(GROUPS.get(group), has_gaps=group == "owner") for key, order in orders.items()}


def count_deals(actor: Actor, wanted: DealFilter, *, group: str = "") -> Count:
    """How many deals the list has, in bounded time."""
    return estimate(matching(actor, wanted), known_as=f"deals {actor.id} {wanted!r}", group=GROUPS.get(group))


def search_deals(actor: Actor, words: str, limit: int) -> Sequence[Deal]:
    """The best matches for what somebody typed: open ones first, then the newest."""
    query = matching(actor, DealFilter(q=words, state="all"))
    return db.session.scalars(query.order_by(Deal.state != "open", Deal.created_at.desc()).limit(limit)).all()


def find_names(actor: Actor, ids: Collection[UUID]) -> dict[UUID, str]:
    """The titles of those of some deals that this actor may see."""
    query = select(Deal.deal_id, Deal.title).where(one_of(Deal.deal_id, ids), visible_to(actor))
    return dict(db.session.execute(query).tuples().all())


def list_lines(deal_id: UUID) -> list[Line]:
    """The products on a deal, in their order."""
    query = (
        select(DealLine, Product)
        .join(Product, Product.product_id == DealLine.product_id)
        .where(DealLine.deal_id == deal_id)
        .order_by(DealLine.position, DealLine.line_id)
    )
    return [Line(line, product) for line, product in db.session.execute(query)]


def matching(actor: Actor, wanted: DealFilter) -> Select[Any]:
    """The deals this actor may see that pass a filter."""
    query = select(Deal).where(visible_to(actor))
    if wanted.state != "all":
        query = query.where(Deal.state == literal(wanted.state, literal_execute=True))
    for name in ("pipeline_id", "stage_id", "owner_id", "customer_id", "company_id"):
        if (asked := getattr(wanted, name)) is not None:
            query = query.where(getattr(Deal, name) == asked)
    if wanted.where:
        query = narrow(query, wanted.where, here_and_now())
    if wanted.q:
        query = query.where(_says(actor, wanted.q))
    return query


def _says(actor: Actor, words: str) -> ColumnElement[bool]:
    """Every word is in the title, or in the company's name, or in the customer's name or email."""
    titled = select(Deal.deal_id).where(_has(SEARCHED, words))
    other = aliased(Deal)
    bought = select(other.deal_id).join(Customer, Customer.person_id == other.customer_id)
    named = bought.where(people.named(actor, words))
    employed = select(other.deal_id).join(Company, Company.company_id == other.company_id)
    return Deal.deal_id.in_(titled.union(named, employed.where(_has(func.fold(Company.name), words))))


def _has(column: ColumnElement[str], words: str) -> ColumnElement[bool]:
    parts = [word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in words.split()[:MOST_WORDS]]
    return and_(*(column.like(func.fold(literal(f"%{part}%"))) for part in parts))


@metrics.collector
def _how_many() -> Iterable[tuple[str, str, dict[str, str], float]]:
    for state, number in db.session.execute(select(Deal.state, func.count()).group_by(Deal.state)):
        yield "rapport_deals", "Deals by state", {"state": state}, number
