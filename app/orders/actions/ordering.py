"""From a basket to an order, and what becomes of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core import access, jobs
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, Invalid, NotAllowed
from app.core.money import LARGEST_MINOR, format_money
from app.engine.events import actions as events
from app.orders import queries
from app.orders.access import may_cancel
from app.orders.actions import basket as baskets
from app.orders.models import Order, OrderLine
from app.orders.pricing import Priced
from app.payments import queries as payments
from app.payments.actions import settling, taking
from app.payments.models import Payment, PaymentRefund
from app.payments.providers.base import AT_A_COMPUTER, Payer
from app.people.models import Customer
from app.sales import actions as sales
from app.sales.models import Receipt

LONGEST_NOTE = 1000
LONGEST_REASON = 500
KIND = "order"


class PricesChanged(Conflict):
    """The total is another than the one that was shown."""

    title = "A price or your basket changed"


class NotInThisState(Conflict):
    """What is asked does not go with what became of the order."""

    title = "That cannot be done with this order now"


def check_out(customer: Customer, *, pay_by: str, seen_minor: int, note: str = "", actor: Actor) -> Order:
    """Make an order of a customer's basket and leave the basket empty.

    `seen_minor` is the total the customer was shown. The basket stays locked meanwhile, so that of two
    clicks at once the second finds it empty.
    Raises: PricesChanged for another total than was seen; Invalid for an empty basket.
    """
    basket = queries.load_basket(customer.person_id, to_order=True)
    if not basket.lines:
        raise Invalid("Your basket is empty.")
    if basket.total_minor != seen_minor:
        raise PricesChanged("A price or your basket changed meanwhile: please look again.")
    order = place(customer, basket.lines, pay_by=pay_by, note=note, actor=actor, source="customer")
    baskets.empty(customer.person_id)
    return order


def place(
    customer: Customer, lines: Sequence[Priced], *, pay_by: str, actor: Actor, note: str = "", source: str = "staff"
) -> Order:
    """Write an order at the prices and taxes of its lines. One that costs nothing is paid at once."""
    if customer.is_erased:
        raise Conflict("This customer was erased: choose or add another one.")
    if len(note) > LONGEST_NOTE:
        raise Invalid(errors={"note": [f"Use at most {LONGEST_NOTE:,} characters."]})
    total = sum(line.amount_minor for line in lines)
    if total > LARGEST_MINOR:
        raise Invalid("The total is beyond measure.")
    order = Order(
        customer_id=customer.person_id,
        pay_by=pay_by,
        currency=lines[0].product.currency,
        net_minor=sum(line.net_minor for line in lines),
        tax_minor=sum(line.tax_minor for line in lines),
        total_minor=total,
        note=note,
        source=source,
        placed_by=actor.id,
    )
    db.session.add(order)
    db.session.flush()
    db.session.add_all(_line(order, position, line) for position, line in enumerate(lines, 1))
    db.session.flush()
    _tell("order.placed", order, actor, pay_by=pay_by)
    if not total:
        _complete(order, actor)
    return order


def due(order: Order) -> taking.Due:
    """What is still to be paid of an order, as payments know it."""
    return due_part(order, order.due_minor)


def due_part(order: Order, amount_minor: int) -> taking.Due:
    """A part of what is to be paid. Raises: NotInThisState when that is nothing; Invalid for more than all."""
    if not order.due_minor:
        raise NotInThisState("Nothing is to be paid for this order any more.")
    if not 0 < amount_minor <= order.due_minor:
        rest = format_money(order.due_minor, order.currency)
        raise Invalid(errors={"amount": [f"Enter an amount above zero and up to {rest}."]})
    return taking.Due(KIND, order.order_id, order.customer_id, amount_minor, order.currency, f"Order {order.label}")


def pay_online(order: Order, provider: str, *, actor: Actor, payer: Payer = AT_A_COMPUTER) -> Payment:
    """Begin to pay the rest of an order through a vendor, or go on with what was begun."""
    lock(order.order_id)
    payment = taking.ask_for(due(order), provider, actor=actor, payer=payer)
    order.pay_by = provider
    return payment


def take_payment(order: Order, amount_minor: int, provider: str, *, actor: Actor) -> Payment:
    """Count money that a person took for an order: all that is due or a part. Raises: see `due_part`."""
    access.require(actor, "payments.take")
    lock(order.order_id)
    return taking.take(due_part(order, amount_minor), provider, actor=actor)


def give_back(order: Order, amount_minor: int | None, *, reason: str, actor: Actor) -> list[PaymentRefund]:
    """Give back a part of what was paid, or all that is left, the latest payment first.

    Raises: NotInThisState as long as a part is still owed, for the rest would be asked and the whole be sold;
    NothingLeftToGiveBack for more than is left; Invalid for an amount or reason that is none.
    """
    lock(order.order_id)
    if order.state == "placed":
        raise NotInThisState("It is not paid in full yet: cancel it, and what was paid goes back.")
    return _send_back(order, order.left_minor if amount_minor is None else amount_minor, reason, actor)


def _send_back(order: Order, wanted: int, reason: str, actor: Actor) -> list[PaymentRefund]:
    if wanted > order.left_minor or not order.left_minor:
        left = format_money(order.left_minor, order.currency)
        raise settling.NothingLeftToGiveBack(f"{left} can be given back of this order.")
    if wanted <= 0:
        raise Invalid(errors={"amount": ["Enter an amount above zero."]})
    order.refunded_minor += wanted
    refunds = []
    for payment in reversed(payments.payments_of(KIND, order.order_id)):
        share = min(wanted, 0 if payment.is_surplus else payment.left_minor)
        if share:
            refunds.append(settling.ask_refund(payment, share, reason=reason, actor=actor))
            wanted -= share
    if wanted:
        raise settling.NothingLeftToGiveBack("What came in is on its way back already.")
    return refunds


def cancel(order: Order, *, reason: str, actor: Actor) -> None:
    """Take an order back that is not paid yet; what was paid of it goes back, what waits is closed.

    Raises: NotInThisState for one that is paid; NotAllowed for somebody else's.
    """
    lock(order.order_id)
    if order.state == "cancelled":
        return
    if order.state != "placed":
        raise NotInThisState("It is paid already: give the money back instead.")
    if not may_cancel(actor, order):
        raise NotAllowed("Ask us, please: this order cannot be cancelled here.")
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(errors={"reason": [f"Say why, in at most {LONGEST_REASON} characters."]})
    if order.left_minor:
        _send_back(order, order.left_minor, reason, actor)
    order.state, order.cancelled_at, order.cancel_reason = "cancelled", now(), reason.strip()
    db.session.flush()
    for payment in payments.payments_of(KIND, order.order_id):
        if payment.is_open:
            key = f"payment-close:{payment.payment_id}"
            jobs.enqueue("payments.close", {"payment_id": str(payment.payment_id)}, key=key)
    _tell("order.cancelled", order, actor, reason=order.cancel_reason)


def fulfil(order: Order, *, actor: Actor) -> None:
    """Note that the customer has what they ordered. Raises: NotInThisState before it is paid."""
    lock(order.order_id)
    if order.fulfilled_at is not None:
        return
    if not order.can_be_fulfilled:
        raise NotInThisState("It is not paid yet.")
    order.fulfilled_at = now()
    if order.state == "paid":
        order.state = "fulfilled"
    db.session.flush()
    _tell("order.fulfilled", order, actor)


def lock(order_id: UUID) -> Order:
    """Take an order for the rest of the transaction, as it is now."""
    query = select(Order).where(Order.order_id == order_id).with_for_update()
    return db.session.scalars(query, execution_options={"populate_existing": True}).one()


def settle(payment: Payment, actor: Actor) -> bool:
    """Count a payment of a locked order; False when it is more than is owed."""
    order = db.session.get_one(Order, payment.payable_id)
    if payment.amount_minor > order.due_minor:
        return False
    order.paid_minor += payment.amount_minor
    db.session.flush()
    if not order.due_minor:
        _complete(order, actor)
    return True


def gave_back(payment: Payment, refund: PaymentRefund, actor: Actor) -> None:
    """Put a refund into the books, once the money is gone; a part payment was never in them."""
    order = db.session.get_one(Order, payment.payable_id)
    if order.receipt_id is None:
        return
    sale = db.session.get_one(Receipt, order.receipt_id)
    db.session.refresh(sale)
    whole = refund.amount_minor == sale.left_minor
    amount = None if whole else refund.amount_minor
    sales.refund(sale, None, amount_minor=amount, reason=refund.reason, actor=actor, is_managed=True)
    if not sale.left_minor:
        order.state = "refunded"
    db.session.flush()


def kept(payment: Payment, refund: PaymentRefund) -> None:
    """Count a refund that failed as not given back."""
    order = db.session.get_one(Order, payment.payable_id)
    order.refunded_minor -= refund.amount_minor
    db.session.flush()


def _complete(order: Order, actor: Actor) -> None:
    """All is paid: the sale stands in the books, once."""
    customer = db.session.get_one(Customer, order.customer_id)
    receipt = sales.record_agreed_sale(
        customer,
        [
            sales.AgreedLine(line.product_id, line.description, line.quantity, line.amount_minor)
            for line in queries.list_lines(order)
        ],
        currency=order.currency,
        actor=actor,
        source=order.source,
        managed_at=f"/orders/{order.order_id}",
    )
    order.receipt_id, order.paid_at = receipt.receipt_id, receipt.at
    order.state = "paid" if order.fulfilled_at is None else "fulfilled"
    db.session.flush()
    _tell("order.paid", order, actor, receipt_id=str(receipt.receipt_id))


def _line(order: Order, position: int, line: Priced) -> OrderLine:
    return OrderLine(
        order_id=order.order_id,
        line=position,
        product_id=line.product.product_id,
        description=line.product.name,
        quantity=line.quantity,
        unit_price_minor=line.product.price_minor,
        tax_name=line.tax.name,
        tax_share=line.tax.share,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
    )


def _tell(kind: str, order: Order, actor: Actor, **more: Any) -> None:
    events.emit(
        kind,
        actor=actor,
        subject_id=order.customer_id,
        order_id=str(order.order_id),
        number=order.number,
        amount_minor=order.total_minor,
        currency=order.currency,
        **more,
    )
