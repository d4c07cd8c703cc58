"""Finding receipts and what is on them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Date, Select, Text, case, cast, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import NotFound
from app.core.paging import Count, Order, Page, estimate, keyset, ordered
from app.engine.filters.queries import here_and_now
from app.engine.filters.sql import narrow
from app.engine.filters.tree import Filter
from app.people import queries as people
from app.people.models import Customer, Person
from app.sales.access import visible_to
from app.sales.models import Receipt, Transaction

NUMBER = re.compile(r"#?(?:R-?)?0*(\d{1,15})", re.IGNORECASE | re.ASCII)
WORDS_SHOWN = 3
ORDERS = {
    "at": Order((Receipt.at, Receipt.receipt_id), "When"),
    "total": Order((Receipt.total_minor, Receipt.receipt_id), "Total"),
}
ORDERS_BY_KIND = {key: order.led_by(Receipt.kind) for key, order in ORDERS.items()}


@dataclass(frozen=True)
class ReceiptFilter:
    """What a list of receipts is narrowed to; "" or None leaves it open."""

    q: str = ""
    kind: str = ""
    customer_id: UUID | None = None
    first_on: date | None = None
    last_on: date | None = None
    where: Filter | None = None

    @property
    def is_open(self) -> bool:
        """Nothing is narrowed."""
        return self == ReceiptFilter()


@dataclass(frozen=True)
class ReceiptRow:
    """A receipt as a list shows it; `what` names its first lines."""

    receipt: Receipt
    customer_name: str
    what: str


@dataclass(frozen=True)
class Totals:
    """What a list of receipts comes to in one currency. Units: minor, refunds below zero."""

    currency: str
    count: int
    sold_minor: int
    refunded_minor: int

    @property
    def net_minor(self) -> int:
        """What is left of the sales after the refunds."""
        return self.sold_minor + self.refunded_minor


@dataclass(frozen=True)
class Left:
    """What of one sold line was not given back yet."""

    sold: Transaction
    quantity: int
    amount_minor: int


@dataclass(frozen=True)
class Paper:
    """A receipt as it is printed. `sale` is what a refund gives back, `refunds` what was given back of a sale."""

    receipt: Receipt
    lines: Sequence[Transaction]
    customer_name: str
    served_by: str
    sale: Receipt | None
    refunds: Sequence[Receipt]


def get_receipt(actor: Actor, receipt_id: UUID) -> Receipt:
    """The door to one receipt. Raises: NotFound when not there or not visible to this actor."""
    receipt = db.session.scalar(select(Receipt).where(Receipt.receipt_id == receipt_id, visible_to(actor)))
    if receipt is None:
        raise NotFound
    return receipt


def list_receipts(
    actor: Actor,
    wanted: ReceiptFilter,
    *,
    time_zone: str,
    sort: str = "-at",
    cursor: str = "",
    size: int = 25,
    group: str = "",
    is_described: bool = True,
) -> Page[ReceiptRow]:
    """One page of the receipts this actor may see. `time_zone` says when a day begins.

    `group` is "kind"; days stand together by themselves, in the order of time.
    """
    page = keyset(
        _with_customers(actor, wanted, time_zone),
        orders=ORDERS_BY_KIND if group == "kind" else ORDERS,
        sort=sort,
        cursor=cursor,
        size=size,
    )
    lines = _first_lines([row[0] for row in page.rows]) if is_described else {}
    rows = [
        ReceiptRow(receipt, name_of(customer), lines.get(receipt.receipt_id, "")) for receipt, customer in page.rows
    ]
    return Page(rows, page.next, page.previous, page.size, page.sort)


def select_receipts(actor: Actor, wanted: ReceiptFilter, *, time_zone: str, sort: str, group: str) -> Select[Any]:
    """All receipts that a list finds, each with its customer, in its order."""
    orders = ORDERS_BY_KIND if group == "kind" else ORDERS
    return ordered(_with_customers(actor, wanted, time_zone), orders, sort)


def _with_customers(actor: Actor, wanted: ReceiptFilter, time_zone: str) -> Select[Any]:
    matching = _matching(actor, wanted, time_zone)
    return matching.outerjoin(Customer, Customer.person_id == Receipt.customer_id).add_columns(Customer)


def count_receipts(actor: Actor, wanted: ReceiptFilter, time_zone: str, *, group: str = "") -> Count:
    """How many receipts the list has, in bounded time."""
    everything = wanted.is_open and actor.scope("transactions.read") == "all"
    groups: dict[str, ColumnElement[Any]] = {
        "kind": Receipt.kind.expression,
        "day": cast(func.timezone(time_zone, Receipt.at), Date),
    }
    return estimate(
        _matching(actor, wanted, time_zone),
        known_as=f"{actor.id} {wanted!r}",
        whole_tables=["receipts"] if everything else (),
        group=groups.get(group),
    )


def total_receipts(actor: Actor, wanted: ReceiptFilter, time_zone: str) -> list[Totals]:
    """What the list comes to, by currency, most receipts first. For lists that were counted exactly."""
    rows = _matching(actor, wanted, time_zone).with_only_columns(Receipt).subquery()
    sums = select(
        rows.c.currency,
        func.count(),
        func.coalesce(func.sum(rows.c.total_minor).filter(rows.c.kind == "sale"), 0),
        func.coalesce(func.sum(rows.c.total_minor).filter(rows.c.kind == "refund"), 0),
    ).group_by(rows.c.currency)
    totals = [Totals(currency, count, int(sold), int(back)) for currency, count, sold, back in db.session.execute(sums)]
    return sorted(totals, key=lambda total: -total.count)


def search_receipts(actor: Actor, words: str, limit: int) -> Sequence[Receipt]:
    """The receipts whose number somebody typed."""
    number = number_in(words)
    if number is None:
        return []
    return db.session.scalars(select(Receipt).where(Receipt.number == number, visible_to(actor)).limit(limit)).all()


def number_in(words: str) -> int | None:
    """The receipt number somebody typed: 42, #42, r-000042."""
    found = NUMBER.fullmatch(words.strip())
    return int(found[1]) if found else None


def list_lines(receipt: Receipt) -> Sequence[Transaction]:
    """The lines of a receipt in their order; none while its month is put away."""
    of_receipt = (Transaction.receipt_id == receipt.receipt_id, Transaction.at == receipt.at)
    return db.session.scalars(select(Transaction).where(*of_receipt).order_by(Transaction.line)).all()


def list_refunds(lines: Sequence[Transaction]) -> Sequence[Receipt]:
    """The refunds of a sale's lines, oldest first."""
    if not lines:
        return []
    back = select(Transaction.receipt_id).where(
        one_of(Transaction.refund_of, [line.transaction_id for line in lines]), Transaction.at >= lines[0].at
    )
    return db.session.scalars(select(Receipt).where(Receipt.receipt_id.in_(back)).order_by(Receipt.number)).all()


def read_receipt(receipt: Receipt) -> Paper:
    """A receipt with everything that is printed on it."""
    sale = db.session.get(Receipt, receipt.refund_of) if receipt.refund_of else None
    people = {
        person.person_id: person
        for person in db.session.scalars(
            select(Person).where(Person.person_id.in_({receipt.customer_id, receipt.recorded_by} - {None}))
        )
    }
    seller = receipt.recorded_by if receipt.recorded_by != receipt.customer_id else None
    served_by = people.get(seller) if seller else None
    lines = list_lines(receipt)
    return Paper(
        receipt=receipt,
        lines=lines,
        customer_name=name_of(people.get(receipt.customer_id)),
        served_by=served_by.name if served_by else "",
        sale=sale,
        refunds=list_refunds(lines) if receipt.refunded_minor else [],
    )


def name_of(person: Any) -> str:
    """A customer's name as the books show it."""
    return "Erased customer" if person is None or person.is_erased else str(person.name)


def what_is_left(sale: Receipt) -> dict[UUID, Left]:
    """For each line of a sale, in order, how much of it can still be refunded."""
    sold = list_lines(sale)
    back = {
        row[0]: (int(row[1]), int(row[2]))
        for row in db.session.execute(
            select(Transaction.refund_of, func.sum(Transaction.quantity), func.sum(Transaction.amount_minor))
            .where(one_of(Transaction.refund_of, [line.transaction_id for line in sold]), Transaction.at >= sale.at)
            .group_by(Transaction.refund_of)
        )
    }
    rests = {}
    for line in sold:
        quantity, amount = back.get(line.transaction_id, (0, 0))
        rests[line.transaction_id] = Left(line, line.quantity + quantity, line.amount_minor + amount)
    return rests


def _matching(actor: Actor, wanted: ReceiptFilter, time_zone: str) -> Select[Any]:
    query = select(Receipt).where(visible_to(actor))
    if wanted.kind:
        query = query.where(Receipt.kind == wanted.kind)
    if wanted.customer_id:
        query = query.where(Receipt.customer_id == wanted.customer_id)
    if wanted.first_on:
        query = query.where(Receipt.at >= _midnight(wanted.first_on, time_zone))
    if wanted.last_on:
        query = query.where(Receipt.at < _midnight(wanted.last_on + timedelta(days=1), time_zone))
    if wanted.where:
        query = narrow(query, wanted.where, here_and_now())
    if wanted.q:
        query = query.where(_says(actor, wanted.q))
    return query


def _midnight(day: date, time_zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(time_zone))


def _says(actor: Actor, words: str) -> ColumnElement[bool]:
    """The words are the receipt's number, its number in an imported file, or a customer's name."""
    number = number_in(words)
    if number is not None:
        return (Receipt.number == number) | (Receipt.source_reference == words.strip())
    named = select(Customer.person_id).where(people.named(actor, words))
    return Receipt.customer_id.in_(named) | (Receipt.source_reference == words.strip())


def lines_of(receipts: Sequence[Receipt]) -> Select[*tuple[Any, ...]]:
    """What stands on each of some receipts, as `id` and `lines`, in the months of these receipts."""
    quantity = func.abs(Transaction.quantity)
    words = case((quantity > 1, cast(quantity, Text) + " × " + Transaction.description), else_=Transaction.description)
    return (
        select(
            Transaction.receipt_id.label("id"),
            func.array_agg(aggregate_order_by(words, Transaction.line)).label("lines"),
        )
        .where(
            one_of(Transaction.receipt_id, [receipt.receipt_id for receipt in receipts]),
            one_of(Transaction.at, [receipt.at for receipt in receipts]),
        )
        .group_by(Transaction.receipt_id)
    )


def what(lines: Sequence[str]) -> str:
    """What a receipt is about: "2 × Candle, Soap and 4 more"."""
    more = len(lines) - WORDS_SHOWN
    return ", ".join(lines[:WORDS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _first_lines(receipts: Sequence[Receipt]) -> dict[UUID, str]:
    if not receipts:
        return {}
    return {receipt_id: what(lines) for receipt_id, lines in db.session.execute(lines_of(receipts))}
