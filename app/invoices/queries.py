"""Finding invoices."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, literal, select

from app.core.access import SYSTEM, Actor
from app.core.clock import today
from app.core.db import db, one_of, padded
from app.core.errors import NotFound
from app.core.metrics import collector
from app.core.paging import Count, Page, estimate, keyset, ordered
from app.core.paging import Order as Sorting
from app.invoices.access import visible_to
from app.invoices.models import STATES, Invoice, InvoiceSettings
from app.orders.models import Order
from app.orders.queries import list_lines
from app.payments.queries import name_of
from app.people import queries as people
from app.people.models import Customer

NUMBER = re.compile(r"(?:(INV|CN)-?)?(?:(\d{4})-)?0*(\d{1,12})", re.IGNORECASE | re.ASCII)
ORDERS = {
    "issued": Sorting((Invoice.issued_on, Invoice.invoice_id), "Issued"),
    "total": Sorting((Invoice.total_minor, Invoice.invoice_id), "Total"),
}
IS_OWED = and_(
    Order.state == "placed", Order.paid_minor < Order.total_minor, Invoice.credited_minor < Invoice.total_minor
)
LABEL: ColumnElement[str] = Invoice.series + "-" + cast(Invoice.year, Text) + "-" + padded(Invoice.number, 4)


@dataclass(frozen=True)
class InvoiceFilter:
    """What a list of invoices is narrowed to; "" or None leaves it open. `state`: a key of `STATES`."""

    q: str = ""
    state: str = ""
    customer_id: UUID | None = None
    order_id: UUID | None = None

    @property
    def is_open(self) -> bool:
        """Nothing is narrowed."""
        return self == InvoiceFilter()


@dataclass(frozen=True)
class InvoiceRow:
    """An invoice as a list shows it, with the order that it asks for."""

    invoice: Invoice
    order: Order
    customer_name: str

    @property
    def due_minor(self) -> int:
        """What is still to be paid of it."""
        invoice = self.invoice
        return 0 if invoice.is_credit_note else max(0, min(self.order.due_minor, invoice.left_minor))

    @property
    def state(self) -> str:
        """How it stands: a key of `STATES`."""
        invoice = self.invoice
        if invoice.is_credit_note:
            return "credit_note"
        if self.due_minor:
            return "overdue" if invoice.due_on and invoice.due_on < today() else "open"
        return "credited" if not invoice.left_minor else "paid"

    @property
    def state_label(self) -> tuple[str, str]:
        """Its state in words, and the tone of the dot beside them."""
        return STATES[self.state]

    @property
    def days_late(self) -> int:
        """How many days it is overdue."""
        due = self.invoice.due_on
        return (today() - due).days if due and self.state == "overdue" else 0


@dataclass(frozen=True)
class Line:
    """A line as it is printed. Units: minor."""

    description: str
    quantity: int
    unit_price_minor: int
    tax_label: str
    amount_minor: int


@dataclass(frozen=True)
class InvoiceSheet:
    """An invoice as it is printed. `billed_to`: as its reader may see it; `credited`: what a credit note takes back."""

    row: InvoiceRow
    billed_to: str
    lines: Sequence[Line]
    credited: Invoice | None
    credit_notes: Sequence[Invoice]


def get_settings() -> InvoiceSettings:
    """What the shop decided, or what holds until it does."""
    found = db.session.get(InvoiceSettings, True)
    return found or InvoiceSettings(
        only_one=True, is_offered=False, due_days=14, remind_after_days=[3, 10, 20], issuer="", foot=""
    )


def get_invoice(actor: Actor, invoice_id: UUID) -> InvoiceRow:
    """The door to one invoice. Raises: NotFound when not there or not visible to this actor."""
    found = db.session.execute(_rows(actor).where(Invoice.invoice_id == invoice_id)).one_or_none()
    if found is None:
        raise NotFound
    return InvoiceRow(found[0], found[1], name_of(found[2]))


def find_of_order(order_id: UUID) -> Invoice | None:
    """The invoice of an order."""
    return db.session.scalar(select(Invoice).where(Invoice.order_id == order_id, Invoice.kind == "invoice"))


def list_of_order(order_id: UUID) -> Sequence[Invoice]:
    """The invoice of an order and its credit notes, in the order they were issued."""
    return db.session.scalars(select(Invoice).where(Invoice.order_id == order_id).order_by(Invoice.created_at)).all()


def find_of_refund(refund_id: UUID) -> Invoice | None:
    """The credit note that was written for a refund."""
    return db.session.scalar(select(Invoice).where(Invoice.refund_id == refund_id))


def find_names(actor: Actor, ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of some invoices, as far as the actor may see them."""
    query = select(Invoice.invoice_id, LABEL).where(one_of(Invoice.invoice_id, ids), visible_to(actor))
    return dict(db.session.execute(query).tuples().all())


def read_invoice(actor: Actor, row: InvoiceRow) -> InvoiceSheet:
    """An invoice with what is printed on it; the address only for whom may see it."""
    invoice = row.invoice
    notes = select(Invoice).where(Invoice.credit_of == invoice.invoice_id).order_by(Invoice.number)
    sees_address = actor.can("pii.read") or actor.id == invoice.customer_id
    return InvoiceSheet(
        row,
        (sees_address and invoice.billed_to) or row.customer_name,
        _credit_lines(invoice) if invoice.is_credit_note else _order_lines(row.order),
        db.session.get(Invoice, invoice.credit_of) if invoice.credit_of else None,
        db.session.scalars(notes).all() if invoice.credited_minor else [],
    )


def _order_lines(order: Order) -> list[Line]:
    return [
        Line(one.description, one.quantity, one.unit_price_minor, one.tax_label, one.amount_minor)
        for one in list_lines(order)
    ]


def _credit_lines(note: Invoice) -> list[Line]:
    return [Line(note.reason, 1, rate.amount_minor, rate.label, rate.amount_minor) for rate in note.by_rate]


def list_invoices(
    actor: Actor, wanted: InvoiceFilter, *, sort: str = "-issued", cursor: str = "", size: int = 25
) -> Page[InvoiceRow]:
    """One page of the invoices this actor may see."""
    page = keyset(_matching(actor, wanted), orders=ORDERS, sort=sort, cursor=cursor, size=size)
    return Page(rows_of(actor, page.rows), page.next, page.previous, page.size, page.sort)


def select_invoices(actor: Actor, wanted: InvoiceFilter, *, sort: str) -> Select[Any]:
    """All invoices that a list finds, each with its order and customer, in its order."""
    return ordered(_matching(actor, wanted), ORDERS, sort)


def rows_of(_actor: Actor, found: Sequence[Any]) -> list[InvoiceRow]:
    """Invoices with their orders and customers as a list shows them."""
    return [InvoiceRow(invoice, order, name_of(customer)) for invoice, order, customer in found]


def count_invoices(actor: Actor, wanted: InvoiceFilter) -> Count:
    """How many invoices the list has, in bounded time."""
    everything = wanted.is_open and actor.scope("invoices.read") == "all"
    return estimate(
        _matching(actor, wanted),
        known_as=f"invoices {actor.id} {wanted!r}",
        whole_tables=["invoices"] if everything else (),
    )


def list_late(on: date) -> Sequence[tuple[Invoice, Order, Customer]]:
    """The invoices that are overdue on a day, the latest first, with who owes them."""
    query = (
        select(Invoice, Order, Customer)
        .join(Order, Order.order_id == Invoice.order_id)
        .join(Customer, Customer.person_id == Invoice.customer_id)
        .where(Invoice.kind == "invoice", Invoice.due_on < on, IS_OWED)
        .order_by(Invoice.due_on, Invoice.invoice_id)
    )
    return db.session.execute(query).tuples().all()


def list_owed(customer_ids: Sequence[UUID], invoice_id: UUID | None = None) -> list[InvoiceRow]:
    """Of some customers the invoice that each has owed for longest; with `invoice_id` that one, if it is owed."""
    query = (
        select(Invoice, Order, Customer)
        .distinct(Invoice.customer_id)
        .join(Order, Order.order_id == Invoice.order_id)
        .join(Customer, Customer.person_id == Invoice.customer_id)
        .where(Invoice.kind == "invoice", IS_OWED, one_of(Invoice.customer_id, customer_ids))
        .order_by(Invoice.customer_id, Invoice.due_on.nulls_last(), Invoice.invoice_id)
    )
    if invoice_id is not None:
        query = query.where(Invoice.invoice_id == invoice_id)
    return rows_of(SYSTEM, db.session.execute(query).all())


def search_invoices(actor: Actor, words: str, limit: int) -> Sequence[Invoice]:
    """The invoices whose number somebody typed."""
    condition = _numbered(words)
    if condition is None:
        return []
    return db.session.scalars(select(Invoice).where(condition, visible_to(actor)).limit(limit)).all()


def _numbered(words: str) -> ColumnElement[bool] | None:
    found = NUMBER.fullmatch(words.strip())
    if not found:
        return None
    condition: ColumnElement[bool] = Invoice.number == int(found[3])
    if found[1]:
        condition &= Invoice.series == found[1].upper()
    if found[2]:
        condition &= Invoice.year == int(found[2])
    return condition


def _rows(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(Invoice, Order, Customer)
        .join(Order, Order.order_id == Invoice.order_id)
        .outerjoin(Customer, Customer.person_id == Invoice.customer_id)
        .where(visible_to(actor))
    )


def _matching(actor: Actor, wanted: InvoiceFilter) -> Select[*tuple[Any, ...]]:
    query = _rows(actor)
    if wanted.state:
        query = query.where(_stands(wanted.state))
    if wanted.customer_id:
        query = query.where(Invoice.customer_id == wanted.customer_id)
    if wanted.order_id:
        query = query.where(Invoice.order_id == wanted.order_id)
    if wanted.q:
        numbered = _numbered(wanted.q)
        named = Invoice.customer_id.in_(select(Customer.person_id).where(people.named(actor, wanted.q)))
        query = query.where(named if numbered is None else numbered)
    return query


def _stands(state: str) -> ColumnElement[bool]:
    if state == "credit_note":
        return Invoice.kind == "credit_note"
    stands = case(
        (and_(IS_OWED, Invoice.due_on < today()), literal("overdue")),
        (IS_OWED, literal("open")),
        (Invoice.credited_minor >= Invoice.total_minor, literal("credited")),
        else_=literal("paid"),
    )
    return and_(Invoice.kind == "invoice", stands == state)


@collector
def _owed() -> Iterable[tuple[str, str, dict[str, str], float]]:
    owed = select(func.count(), func.count().filter(Invoice.due_on < today())).where(Invoice.kind == "invoice", IS_OWED)
    all_owed, overdue = db.session.execute(owed.join_from(Invoice, Order, Order.order_id == Invoice.order_id)).one()
    yield "rapport_invoices_open", "Invoices that are not paid", {}, all_owed
    yield "rapport_invoices_overdue", "Invoices that are not paid in time", {}, overdue
