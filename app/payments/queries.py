"""Finding payments and what was said about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text

from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.core.metrics import collector
from app.core.paging import Count, Order, Page, estimate, keyset
from app.engine.filters.queries import here_and_now
from app.payments.access import visible_to
from app.payments.models import Account, Notification, Payment, PaymentRefund, Reconciliation, Step
from app.payments.providers.base import OnlineProvider, Provider
from app.payments.providers.known import PROVIDERS
from app.people.models import Customer

ORDERS = {
    "at": Order((Payment.created_at, Payment.payment_id), "When"),
    "amount": Order((Payment.amount_minor, Payment.payment_id), "Amount"),
}


@dataclass(frozen=True)
class PaymentFilter:
    """What a list of payments is narrowed to; "" or None leaves it open."""

    state: str = ""
    provider: str = ""
    customer_id: UUID | None = None
    payable_id: UUID | None = None

    @property
    def is_open(self) -> bool:
        """Nothing is narrowed."""
        return self == PaymentFilter()


@dataclass(frozen=True)
class PaymentRow:
    """A payment as a list shows it."""

    payment: Payment
    customer_name: str


@dataclass(frozen=True)
class Story:
    """A payment with all that was said about it."""

    payment: Payment
    steps: Sequence[Step]
    refunds: Sequence[PaymentRefund]
    notifications: Sequence[Notification]


def get_payment(actor: Actor, payment_id: UUID) -> Payment:
    """The door to one payment. Raises: NotFound when not there or not visible to this actor."""
    payment = db.session.scalar(select(Payment).where(Payment.payment_id == payment_id, visible_to(actor)))
    if payment is None:
        raise NotFound
    return payment


def get_row(actor: Actor, payment_id: UUID) -> PaymentRow:
    """One payment with its customer's name. Raises: NotFound."""
    payment = get_payment(actor, payment_id)
    return PaymentRow(payment, name_of(db.session.get(Customer, payment.customer_id)))


def list_payments(
    actor: Actor, wanted: PaymentFilter, *, sort: str = "-at", cursor: str = "", size: int = 25
) -> Page[PaymentRow]:
    """One page of the payments this actor may see."""
    query = _matching(actor, wanted).outerjoin(Customer, Customer.person_id == Payment.customer_id)
    page = keyset(query.add_columns(Customer), orders=ORDERS, sort=sort, cursor=cursor, size=size)
    rows = [PaymentRow(payment, name_of(customer)) for payment, customer in page.rows]
    return Page(rows, page.next, page.previous, page.size, page.sort)


def count_payments(actor: Actor, wanted: PaymentFilter) -> Count:
    """How many payments the list has, in bounded time."""
    everything = wanted.is_open and actor.scope("payments.read") == "all"
    return estimate(
        _matching(actor, wanted),
        known_as=f"payments {actor.id} {wanted!r}",
        whole_tables=["payments"] if everything else (),
    )


def payments_of(kind: str, payable_id: UUID) -> Sequence[Payment]:
    """All payments of one payable as they are now, oldest first."""
    query = select(Payment).where(Payment.payable_kind == kind, Payment.payable_id == payable_id)
    in_order = query.order_by(Payment.created_at, Payment.payment_id)
    return db.session.scalars(in_order, execution_options={"populate_existing": True}).all()


def refunds_of(kind: str, payable_id: UUID) -> Sequence[PaymentRefund]:
    """All refunds of one payable's payments, oldest first."""
    of_payable = (Payment.payable_kind == kind, Payment.payable_id == payable_id)
    query = select(PaymentRefund).join(Payment, Payment.payment_id == PaymentRefund.payment_id).where(*of_payable)
    return db.session.scalars(query.order_by(PaymentRefund.asked_at)).all()


def read_sequence(payment: Payment) -> Story:
    """Everything that was said about a payment, in the order of time."""
    of_payment = payment.payment_id
    return Story(
        payment,
        db.session.scalars(select(Step).where(Step.payment_id == of_payment).order_by(Step.at, Step.step_id)).all(),
        db.session.scalars(
            select(PaymentRefund).where(PaymentRefund.payment_id == of_payment).order_by(PaymentRefund.asked_at)
        ).all(),
        db.session.scalars(
            select(Notification).where(Notification.payment_id == of_payment).order_by(Notification.received_at)
        ).all(),
    )


def find_account(provider: str) -> Account | None:
    """The shop's account with a provider."""
    return db.session.scalar(select(Account).where(Account.provider == provider))


def list_accounts() -> dict[str, Account]:
    """The shop's accounts by provider."""
    return {account.provider: account for account in db.session.scalars(select(Account))}


def ways_to_pay(currency: str) -> list[Provider]:
    """How a customer can pay money of this currency now: without help, at the counter or online."""
    enabled = {key for key, account in list_accounts().items() if account.is_enabled}
    return [
        one
        for one in PROVIDERS.values()
        if one.takes(currency) and (one.key in enabled if isinstance(one, OnlineProvider) else one.key == "counter")
    ]


def list_reconciliations(limit: int = 60) -> Sequence[Reconciliation]:
    """The latest days that were held beside a statement."""
    query = select(Reconciliation).order_by(Reconciliation.day.desc(), Reconciliation.provider).limit(limit)
    return db.session.scalars(query).all()


def get_reconciliation(reconciliation_id: UUID) -> Reconciliation:
    """One of them. Raises: NotFound."""
    found = db.session.get(Reconciliation, reconciliation_id)
    if found is None:
        raise NotFound
    return found


def name_of(customer: Customer | None) -> str:
    """A customer's name as the books show it."""
    return "Erased customer" if customer is None or customer.is_erased else customer.name


def day_of(row: PaymentRow) -> Any:
    """The day of a payment, in the shop's time zone."""
    return row.payment.created_at.astimezone(here_and_now().zone).date()


def _matching(actor: Actor, wanted: PaymentFilter) -> Select[Any]:
    query = select(Payment).where(visible_to(actor))
    if wanted.state == "open":
        query = query.where(Payment.state.in_(("created", "waiting")))
    elif wanted.state:
        query = query.where(Payment.state == wanted.state)
    if wanted.provider:
        query = query.where(Payment.provider == wanted.provider)
    if wanted.customer_id:
        query = query.where(Payment.customer_id == wanted.customer_id)
    if wanted.payable_id:
        query = query.where(Payment.payable_id == wanted.payable_id)
    return query


@collector
def _by_state() -> Iterable[tuple[str, str, dict[str, str], float]]:
    rows = db.session.execute(
        text("SELECT provider, state, count(*) FROM payments GROUP BY provider, state ORDER BY provider, state")
    )
    for provider, state, number in rows:
        yield "rapport_payments", "Payments by provider and state", {"provider": provider, "state": state}, number
    waiting = db.session.scalar(select(func.count()).where(PaymentRefund.state.in_(("asked", "waiting"))))
    yield "rapport_refunds_on_their_way", "Refunds that a vendor has not confirmed", {}, waiting or 0
    forged = db.session.scalar(select(func.count()).where(Notification.is_verified.is_(False)))
    yield "rapport_payment_notifications_refused", "Notifications whose signature did not hold", {}, forged or 0
