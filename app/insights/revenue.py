"""What comes in: sales and profit of a period, and what open deals may bring."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Date, Select, case, cast, func, select

from app.core.access import Actor
from app.core.db import db
from app.deals.access import visible_to as deals_seen_by
from app.deals.models import Deal, Stage
from app.insights.periods import Period
from app.products.models import Product
from app.sales.access import visible_to as receipts_seen_by
from app.sales.models import Receipt, Transaction


@dataclass(frozen=True)
class Income:
    """What a period brought in one currency, refunds taken off. Units: minor.

    `profit_minor` is of the sales whose products' costs are known, `known_share` their part of the revenue.
    """

    currency: str
    sales: int
    revenue_minor: int
    profit_minor: int
    known_share: float


@dataclass(frozen=True)
class Expected:
    """What open deals are worth in one currency, in all or by the month they are expected to close. Units: minor.

    `month` is its first day; None is for deals without a day. `likely_minor` is the value times the chance.
    """

    currency: str
    month: date | None
    deals: int
    value_minor: int
    likely_minor: int

    @property
    def href(self) -> str:
        """The deals behind it."""
        if self.month is None:
            asked: dict[str, Any] = {"f": "expected", "op": "empty"}
        else:
            last = (self.month + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            asked = {"f": "expected", "op": "days", "v": [self.month.isoformat(), last.isoformat()]}
        both = {"all": [asked, {"f": "currency", "op": "is", "v": self.currency}]}
        return "/deals?" + urlencode({"where": json.dumps(both)})


@dataclass(frozen=True)
class Outlook:
    """All open deals of one currency, and the same month by month."""

    whole: Expected
    months: Sequence[Expected]


def income(actor: Actor, period: Period) -> list[Income]:
    """What came in, by currency, most sales first. Two statements."""
    costs = {row[0]: row[1:] for row in db.session.execute(_with_costs(actor, period))}
    found = []
    for currency, sales, revenue in db.session.execute(_sums(actor, period)):
        known, cost = costs.get(currency) or (0, 0)
        share = int(known or 0) / int(revenue) if revenue else 0.0
        found.append(Income(currency, sales, int(revenue), int(known or 0) - int(cost or 0), share))
    return sorted(found, key=lambda one: -one.sales)


def outlook(actor: Actor) -> list[Outlook]:
    """What this actor's open deals may bring, by currency, most deals first. One statement."""
    month = cast(func.date_trunc("month", Deal.expected_on), Date)
    likely = func.sum(Deal.value_minor * Stage.win_share)
    query = (
        select(Deal.currency, month, func.count(), func.sum(Deal.value_minor), likely)
        .join(Stage, Stage.stage_id == Deal.stage_id)
        .where(Deal.state == "open", deals_seen_by(actor))
        .group_by(Deal.currency, month)
        .order_by(Deal.currency, month)
    )
    by_currency: dict[str, list[Expected]] = {}
    for currency, first, deals, value, weighted in db.session.execute(query):
        by_currency.setdefault(currency, []).append(Expected(currency, first, deals, int(value), round(weighted)))
    found = [
        Outlook(
            Expected(
                currency,
                None,
                sum(one.deals for one in months),
                sum(one.value_minor for one in months),
                sum(one.likely_minor for one in months),
            ),
            months,
        )
        for currency, months in by_currency.items()
    ]
    return sorted(found, key=lambda one: -one.whole.deals)


def _sums(actor: Actor, period: Period) -> Select[*tuple[Any, ...]]:
    return (
        select(Receipt.currency, func.count(case((Receipt.kind == "sale", 1))), func.sum(Receipt.total_minor))
        .where(Receipt.at >= period.start, Receipt.at < period.end, receipts_seen_by(actor))
        .group_by(Receipt.currency)
    )


def _with_costs(actor: Actor, period: Period) -> Select[*tuple[Any, ...]]:
    """By currency, what the lines whose product has a cost brought, and what they cost."""
    return (
        select(
            Transaction.currency,
            func.sum(Transaction.amount_minor),
            func.sum(Transaction.quantity * Product.cost_minor),
        )
        .join(Product, Product.product_id == Transaction.product_id)
        .join(Receipt, Receipt.receipt_id == Transaction.receipt_id)
        .where(
            Transaction.at >= period.start,
            Transaction.at < period.end,
            Product.cost_minor.is_not(None),
            Product.currency == Transaction.currency,
            receipts_seen_by(actor),
        )
        .group_by(Transaction.currency)
    )
