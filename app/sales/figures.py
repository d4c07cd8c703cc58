"""What sales come to: for a customer, for a product, for the shop's window."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select

from app.companies import queries as companies
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.redis import cached, cached_when_slow
from app.products import queries as products
from app.products.models import Product
from app.sales.access import visible_to
from app.sales.models import Receipt, Transaction

MONTHS = 12
BESTSELLERS = "sales.bestsellers"
BESTSELLERS_KEPT_SECONDS = 300
COMPANIES_KEPT_SECONDS = 30
BESTSELLERS_OF_THE_LAST = timedelta(days=90)


@dataclass(frozen=True)
class Value:
    """What is earned with a customer or a product, in the currency most was sold in.

    Units: minor, refunds taken off. `pieces` counts products' pieces. `months` are the sums of
    the last twelve months, oldest first; `others` the totals in further currencies.
    """

    currency: str
    sales: int
    pieces: int
    total_minor: int
    year_minor: int
    refunded_minor: int
    months: tuple[int, ...]
    others: tuple[tuple[int, str], ...]


class _Part(NamedTuple):
    """A month of the last year, or everything before it (`month` None), in one currency."""

    currency: str
    month: datetime | None
    sales: int
    pieces: int
    total_minor: int
    refunded_minor: int


def value_of_customer(actor: Actor, customer_id: UUID) -> Value | None:
    """What a customer is worth so far; None when nothing was bought. One statement."""
    refund = Receipt.kind == "refund"
    query = _by_month(Receipt.at, Receipt.currency, Receipt.total_minor, refund, func.count(case((~refund, 1))))
    return _value(_read(query.where(Receipt.customer_id == customer_id, visible_to(actor))))


def value_of_company(actor: Actor, company_id: UUID) -> tuple[Value | None, datetime | None]:
    """What the people of a company bought so far, and when last.

    One statement; where it takes long its answer stands for half a minute.
    """
    refund = Receipt.kind == "refund"
    query = _by_month(Receipt.at, Receipt.currency, Receipt.total_minor, refund, func.count(case((~refund, 1))))
    query = query.add_columns(func.max(Receipt.at).filter(~refund))
    query = query.where(Receipt.customer_id.in_(companies.people_of(company_id)), visible_to(actor))
    key = f"company-value:{company_id}:{actor.id}:{actor.scope('transactions.read')}"
    rows = cached_when_slow(key, COMPANIES_KEPT_SECONDS, lambda: [_plain(row) for row in db.session.execute(query)])
    parts = [_Part(row[0], datetime.fromisoformat(row[1]) if row[1] else None, *row[2:6]) for row in rows]
    last = max((row[6] for row in rows if row[6]), default=None)
    return _value(parts), datetime.fromisoformat(last) if last else None


def _plain(row: Any) -> list[Any]:
    """A row as it can be kept."""
    return [
        value.isoformat() if isinstance(value, datetime) else int(value) if isinstance(value, Decimal) else value
        for value in row
    ]


def value_of_product(product_id: UUID) -> Value | None:
    """What a product brought so far; None when it was never sold. One statement."""
    refund = Transaction.refund_of.is_not(None) | (Transaction.amount_minor < 0)
    pieces = func.sum(Transaction.quantity)
    query = _by_month(Transaction.at, Transaction.currency, Transaction.amount_minor, refund, pieces)
    return _value(_read(query.where(Transaction.product_id == product_id)))


def list_bestsellers(limit: int) -> list[Product]:
    """The products sold most lately, best first, archived ones left out.

    Only their order is kept for a while, and dropped with every sale; names and prices are
    always read afresh.
    """
    ids = [UUID(key) for key in cached(BESTSELLERS, BESTSELLERS_KEPT_SECONDS, _count_bestsellers)]
    found = products.find_products(ids) if ids else {}
    return [found[key] for key in ids if key in found and not found[key].is_archived][:limit]


def _count_bestsellers() -> list[str]:
    lately = now() - BESTSELLERS_OF_THE_LAST
    best = (
        select(Transaction.product_id)
        .where(Transaction.at >= lately, Transaction.product_id.is_not(None))
        .group_by(Transaction.product_id)
        .having(func.sum(Transaction.quantity) > 0)
        .order_by(func.sum(Transaction.quantity).desc(), Transaction.product_id)
        .limit(20)
    )
    return [str(key) for key in db.session.scalars(best)]


def _by_month(at: Any, currency: Any, amount: Any, refund: ColumnElement[bool], pieces: Any) -> Select[Any]:
    month = case((at >= _first_month(), func.date_trunc("month", at)))
    return select(
        currency,
        month.label("month"),
        func.count(case((~refund, 1))),
        pieces,
        func.sum(amount),
        func.coalesce(func.sum(amount).filter(refund), 0),
    ).group_by(currency, month)


def _read(query: Select[Any]) -> list[_Part]:
    return [_Part(*row) for row in db.session.execute(query)]


def _value(rows: list[_Part]) -> Value | None:
    if not rows:
        return None
    sales, totals = Counter[str](), Counter[str]()
    for row in rows:
        sales[row.currency] += row.sales
        totals[row.currency] += int(row.total_minor)
    main = max(sales, key=lambda currency: (sales[currency], currency))
    own = [row for row in rows if row.currency == main]
    by_month = {row.month.date(): int(row.total_minor) for row in own if row.month}
    months = tuple(by_month.get(month, 0) for month in _months())
    return Value(
        currency=main,
        sales=sales[main],
        pieces=sum(int(row.pieces) for row in own),
        total_minor=totals[main],
        year_minor=sum(months),
        refunded_minor=sum(int(row.refunded_minor) for row in own),
        months=months,
        others=tuple((total, currency) for currency, total in sorted(totals.items()) if currency != main),
    )


def _months() -> list[date]:
    """The first days of the last twelve months, this one last."""
    this = now().date().replace(day=1)
    ordinals = range(this.year * 12 + this.month - MONTHS, this.year * 12 + this.month)
    return [date(ordinal // 12, ordinal % 12 + 1, 1) for ordinal in ordinals]


def _first_month() -> datetime:
    return datetime.combine(_months()[0], time(), UTC)
