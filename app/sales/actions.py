"""Selling and giving back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.core import access, partitions
from app.core.access import Actor
from app.core.clock import now
from app.core.db import after_commit, db, new_id
from app.core.errors import Conflict, Invalid
from app.core.money import LARGEST_MINOR, to_decimal, to_minor
from app.core.redis import forget
from app.engine.events import actions as events
from app.people import conversion
from app.people.models import Customer
from app.products.models import Product
from app.sales import figures, queries
from app.sales.models import Receipt, Transaction
from app.sales.queries import Left

MOST_LINES = 200
MOST_OF_ONE = 100_000
LONGEST_REASON = 500
FINEST_PRICE = Decimal("0.0001")


class NothingLeftToRefund(Conflict):
    """What is asked back was given back already, in whole or in part."""

    title = "That is more than can be refunded"


class RefundedElsewhere(Conflict):
    """The sale came from something that knows how it was paid."""

    title = "This is refunded elsewhere"


class MonthPutAway(Conflict):
    """The lines of this month are detached from the books."""

    title = "That month is put away"


@dataclass(frozen=True)
class SaleLine:
    """What is bought: so many of a product, at its price or at another."""

    product_id: UUID
    quantity: int = 1
    unit_price_minor: int | None = None


@dataclass(frozen=True)
class AgreedLine:
    """What was agreed before, by an order or a deal, whatever the product costs or is called by now."""

    product_id: UUID | None
    description: str
    quantity: int
    amount_minor: int


@dataclass(frozen=True)
class RefundLine:
    """What is given back of one line: a number of pieces, or an amount of money; of neither, all that is left."""

    transaction_id: UUID
    quantity: int | None = None
    amount_minor: int | None = None


def record_sale(
    customer: Customer,
    lines: Sequence[SaleLine],
    *,
    actor: Actor,
    source: str = "staff",
    at: datetime | None = None,
) -> Receipt:
    """Write a sale and its receipt number.

    Raises: Invalid for no lines, archived or unknown products, quantities below one, mixed currencies;
    NotAllowed for a price of one's own without the right to it; Conflict for a customer who was erased.
    """
    if customer.is_erased:
        raise Conflict("This customer was erased: choose or add another one.")
    if not 1 <= len(lines) <= MOST_LINES:
        raise Invalid(errors={"lines": [f"A receipt has at least one line and at most {MOST_LINES}."]})
    products = _products(lines)
    currency = _one_currency(list(products.values()))
    rows = [_sale_row(products[line.product_id], line) for line in lines]
    if any(_is_special(products[line.product_id], line) for line in lines):
        access.require(actor, "sales.price")
    return _sell(customer, currency, rows, at=at or now(), source=source, actor=actor)


def record_agreed_sale(
    customer: Customer,
    lines: Sequence[AgreedLine],
    *,
    currency: str,
    actor: Actor,
    source: str = "staff",
    managed_at: str | None = None,
) -> Receipt:
    """Write the sale and receipt of what was agreed: at its prices, even of what is not sold any more.

    `managed_at` is the page of what it came from, where it is refunded then; without it, like any sale.
    """
    rows = [
        {
            "product_id": line.product_id,
            "description": line.description,
            "quantity": line.quantity,
            "unit_price": (to_decimal(line.amount_minor, currency) / line.quantity).quantize(FINEST_PRICE),
            "amount_minor": line.amount_minor,
        }
        for line in lines
    ]
    return _sell(customer, currency, rows, at=now(), source=source, actor=actor, managed_at=managed_at)


def _sell(customer: Customer, currency: str, rows: list[dict[str, Any]], *, actor: Actor, **about: Any) -> Receipt:
    receipt = _write("sale", customer.person_id, currency, rows, actor=actor, **about)
    if conversion.convert_buyers({customer.person_id: receipt.at}, actor=actor):
        db.session.refresh(customer)
    _tell("purchase.completed", receipt, actor)
    return receipt


def refund(
    sale: Receipt,
    lines: Sequence[RefundLine] | None,
    *,
    reason: str,
    actor: Actor,
    amount_minor: int | None = None,
    is_managed: bool = False,
) -> Receipt:
    """Give back a sale: some lines in full or in part, an amount spread over all lines, or all that is left.

    The sale's row is locked first, so two simultaneous refunds are counted one after the other.
    `is_managed` says that what the sale came from gives the money back.
    Raises: RefundedElsewhere without that; Invalid for a refund of a refund, foreign lines or impossible amounts;
    NothingLeftToRefund when more is asked than is left; MonthPutAway.
    """
    if sale.is_refund:
        raise Invalid("A refund cannot be refunded. Record a new sale instead.")
    if sale.managed_at and not is_managed:
        raise RefundedElsewhere("This was sold by an order. Give the money back there, the way it came.")
    if not 1 <= len(reason.strip()) <= LONGEST_REASON:
        raise Invalid(errors={"reason": [f"Say why, for the books, in at most {LONGEST_REASON} characters."]})
    db.session.execute(select(Receipt.receipt_id).where(Receipt.receipt_id == sale.receipt_id).with_for_update())
    left = queries.what_is_left(sale)
    if not left:
        raise MonthPutAway(f"The lines of {sale.at:%B %Y} are put away. Ask an admin to bring them back.")
    wanted = _spread(left, amount_minor) if lines is None else lines
    if not wanted:
        raise NothingLeftToRefund("Everything on this receipt was refunded already.")
    if len({line.transaction_id for line in wanted}) != len(wanted):
        raise Invalid("Name each line once.")
    receipt = _write(
        "refund",
        sale.customer_id,
        sale.currency,
        [_refund_row(left, line, sale.currency) for line in wanted],
        at=max(now(), sale.at),
        source="customer" if actor.kind == "customer" else "api" if actor.api_key_id else "staff",
        actor=actor,
        refund_of=sale.receipt_id,
        reason=reason.strip(),
    )
    db.session.refresh(sale, ["refunded_minor"])
    _tell("purchase.refunded", receipt, actor, refund_of=str(sale.receipt_id), reason=receipt.reason)
    return receipt


def _spread(left: dict[UUID, Left], amount_minor: int | None) -> list[RefundLine]:
    """Share an amount among the lines as their rests are to each other; of none, each line's whole rest.

    Rounded along the running sum, so that the shares add up to the amount to the penny.
    """
    total = sum(rest.amount_minor for rest in left.values())
    if amount_minor is None:
        return [RefundLine(key) for key, rest in left.items() if rest.amount_minor > 0]
    if not 0 < amount_minor:
        raise Invalid(errors={"amount": ["Enter an amount above zero."]})
    if amount_minor > total:
        raise NothingLeftToRefund("More than was paid would be given back.")
    shares, passed, given = [], 0, 0
    for key, rest in left.items():
        passed += rest.amount_minor
        share = amount_minor * passed // total - given
        given += share
        if share > 0:
            shares.append(RefundLine(key, amount_minor=share))
    return shares


def _refund_row(left: dict[UUID, Left], line: RefundLine, currency: str) -> dict[str, Any]:
    rest = left.get(line.transaction_id)
    if rest is None:
        raise Invalid("That line is not on this receipt.")
    quantity, amount = _share(rest, line, currency)
    if amount <= 0 or quantity < 0:
        raise Invalid(f"Nothing is left to refund of “{rest.sold.description}”, or the amount is not above zero.")
    if amount > rest.amount_minor or quantity > rest.quantity:
        raise NothingLeftToRefund(f"More than was paid would be given back for “{rest.sold.description}”.")
    return {
        "product_id": rest.sold.product_id,
        "description": rest.sold.description,
        "quantity": -quantity,
        "unit_price": rest.sold.unit_price,
        "amount_minor": -amount,
        "refund_of": rest.sold.transaction_id,
        "refund_of_at": rest.sold.at,
    }


def _share(rest: Left, line: RefundLine, currency: str) -> tuple[int, int]:
    """How many pieces and how much money a refund line asks for; the last piece takes the last penny."""
    if line.amount_minor is not None:
        return line.quantity or 0, line.amount_minor
    if line.quantity is None or line.quantity == rest.quantity:
        return rest.quantity, rest.amount_minor
    return line.quantity, min(to_minor(rest.sold.unit_price * line.quantity, currency), rest.amount_minor)


def next_numbers(count: int = 1) -> int:
    """Take `count` receipt numbers and return the first.

    The series' row stays locked until the transaction ends: what is rolled back leaves no gap.
    """
    last = db.session.scalar(
        text("UPDATE receipt_series SET last_number = last_number + :count WHERE series = 'R' RETURNING last_number"),
        {"count": count},
    )
    return int(last or 0) - count + 1


def _write(
    kind: str,
    customer_id: UUID,
    currency: str,
    rows: list[dict[str, Any]],
    *,
    at: datetime,
    source: str,
    actor: Actor,
    refund_of: UUID | None = None,
    reason: str = "",
    managed_at: str | None = None,
) -> Receipt:
    partitions.ensure_month("transactions", at.astimezone(UTC).date())
    receipt = Receipt(
        receipt_id=new_id(),
        number=next_numbers(),
        kind=kind,
        at=at,
        customer_id=customer_id,
        currency=currency,
        total_minor=sum(row["amount_minor"] for row in rows),
        refund_of=refund_of,
        reason=reason,
        source=source,
        managed_at=managed_at,
        recorded_by=actor.id,
    )
    db.session.add(receipt)
    db.session.flush()
    db.session.add_all(
        Transaction(
            at=at,
            receipt_id=receipt.receipt_id,
            line=position,
            customer_id=customer_id,
            currency=currency,
            **row,
        )
        for position, row in enumerate(rows, 1)
    )
    try:
        db.session.flush()
    except IntegrityError as refusal:
        if "ck_transactions_put_away" in str(refusal.orig):
            raise MonthPutAway(f"The lines of {at:%B %Y} are put away. Nothing can be added to them.") from None
        raise
    after_commit(lambda: forget(figures.BESTSELLERS))
    return receipt


def _tell(kind: str, receipt: Receipt, actor: Actor, **more: Any) -> None:
    events.emit(
        kind,
        actor=actor,
        subject_id=receipt.customer_id,
        occurred_at=receipt.at,
        receipt_id=str(receipt.receipt_id),
        number=receipt.number,
        amount_minor=receipt.total_minor,
        currency=receipt.currency,
        source=receipt.source,
        **more,
    )


def _products(lines: Sequence[SaleLine]) -> dict[UUID, Product]:
    wanted = {line.product_id for line in lines}
    found = {
        product.product_id: product
        for product in db.session.scalars(select(Product).where(Product.product_id.in_(wanted)))
    }
    if wanted - found.keys():
        raise Invalid(errors={"lines": ["One of the products does not exist."]})
    archived = [product.name for product in found.values() if product.is_archived]
    if archived:
        raise Invalid(errors={"lines": [f"Not sold any more: {', '.join(archived)}."]})
    return found


def _one_currency(products: list[Product]) -> str:
    currencies = {product.currency for product in products}
    if len(currencies) > 1:
        raise Invalid(errors={"lines": ["Products of different currencies need a receipt each."]})
    return currencies.pop()


def _is_special(product: Product, line: SaleLine) -> bool:
    return line.unit_price_minor not in (None, product.price_minor)


def _sale_row(product: Product, line: SaleLine) -> dict[str, Any]:
    if not 1 <= line.quantity <= MOST_OF_ONE:
        raise Invalid(errors={"lines": [f"A quantity is between 1 and {MOST_OF_ONE:,}."]})
    price = product.price_minor if line.unit_price_minor is None else line.unit_price_minor
    if price < 0 or price * line.quantity > LARGEST_MINOR:
        raise Invalid(errors={"lines": ["A price is not below zero, and the total not beyond measure."]})
    return {
        "product_id": product.product_id,
        "description": product.name,
        "quantity": line.quantity,
        "unit_price": to_decimal(price, product.currency),
        "amount_minor": price * line.quantity,
    }
