"""Customers with purchases at chosen times, straight into the books."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import count

from app.core.clock import now
from app.core.db import db
from app.people.models import Customer
from app.sales.models import Receipt
from tests.factories import make_customer

_numbers = count(1_000_000)


def buy(customer: Customer, *days_ago: float, minor: int = 1000, refunded: int = 0, **more) -> list[Receipt]:
    """Purchases so many days ago, each of `minor`, of which `refunded` was given back later."""
    made = []
    for days in days_ago:
        at = now() - timedelta(days=days)
        sale = Receipt(
            number=next(_numbers),
            kind="sale",
            at=at,
            customer_id=customer.person_id,
            total_minor=minor,
            refunded_minor=-refunded,
            **{"currency": "GBP", **more},
        )
        db.session.add(sale)
        made.append(sale)
        if refunded:
            db.session.flush()
            give_back(customer, days, refunded, refund_of=sale.receipt_id)
    db.session.commit()
    return made


def give_back(customer: Customer, days_ago: float, minor: int, **more) -> None:
    """A refund, of a sale or of none that is known."""
    db.session.add(
        Receipt(
            number=next(_numbers),
            kind="refund",
            at=now() - timedelta(days=days_ago),
            customer_id=customer.person_id,
            currency="GBP",
            total_minor=-minor,
            **more,
        )
    )
    db.session.commit()


def buyer(*days_ago: float, minor: int = 1000, **more) -> Customer:
    """A customer who bought so many days ago."""
    customer = make_customer()
    buy(customer, *days_ago, minor=minor, **more)
    return customer


def spread(number: int, every: float = 1.0) -> Iterable[float]:
    """So many different days ago, the latest first."""
    return (1.5 + every * one for one in range(number))
