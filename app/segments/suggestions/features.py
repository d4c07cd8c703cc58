"""What is known of each customer as numbers, and how each number is asked about by a filter."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, literal, select

from app.conversations.models import LATEST_STARS, Channel
from app.core.db import db
from app.people.models import Customer
from app.sales.filters import IS_KEPT, KEPT_MINOR
from app.sales.models import Receipt
from app.segments.as_of import AsOf, Tree

WINDOW_DAYS = 730
BATCH = 10_000
LEAST_CUSTOMERS = 50
LOW_RATING = 3
IS_LOW: Tree = {"f": "rating", "op": "le", "v": LOW_RATING}


@dataclass(frozen=True)
class Feature:
    """One number about a customer. `low` and `high` say what little and much of it are called.

    `unit`: how its values are shown. `of` names the list, and the number in it, that a filter asks
    about, `where` what is taken of it; without `of` a rule cannot use the feature. `weight`: what it
    counts for when groups are found: what few customers have must not outweigh what all have.
    """

    key: str
    label: str
    low: str
    high: str
    unit: str = "number"
    function: str = "count"
    of: str = ""
    where: Tree | None = None
    weight: float = 1.0


FEATURES = (
    Feature("recency_days", "Days since the last purchase", "recent", "not seen lately", "days", of="kept_purchases"),
    Feature("purchases", "Purchases", "buying seldom", "buying often", of="kept_purchases"),
    Feature("money_minor", "Money less refunds", "spending little", "spending much", "money", "sum", "books.value"),
    Feature("basket_minor", "Average basket", "small baskets", "large baskets", "money", "avg", "kept_purchases.value"),
    Feature("tenure_days", "Days since the first purchase", "new", "long-standing", "days", of="kept_purchases"),
    Feature("refund_share", "Share given back", "giving nothing back", "giving much back", "share", weight=0.5),
    Feature("refunds", "Refunds", "giving nothing back", "giving much back", of="refunds", weight=0),
    Feature("conversations", "Conversations", "quiet", "talkative", of="conversations", weight=0.5),
    Feature("low_ratings", "Low ratings", "content", "dissatisfied", of="conversations", where=IS_LOW, weight=0.5),
)
BY_KEY = {feature.key: feature for feature in FEATURES}


def ask(feature: Feature, most: int, as_of: AsOf, *, is_above: bool) -> Tree:
    """Whether a customer's number is at most `most`, or above it, as a filter asks."""
    if feature.key == "recency_days":
        return as_of.aggregate("count", feature.of, most, "is" if is_above else "ge", 0 if is_above else 1)
    if feature.key == "tenure_days":
        return as_of.longer_ago(feature.of, most, is_any=is_above)
    if feature.function == "count":
        operator, value = ("ge", most + 1) if is_above else ("le", most)
    else:
        operator, value = "gt" if is_above else "le", most
    return as_of.aggregate(feature.function, feature.of, WINDOW_DAYS, operator, value, where=feature.where)


def read(as_of: AsOf, currency: str) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The features of everybody who bought within the window, in batches and in a fixed order.

    Shape: rows of numbers in the order of FEATURES.
    """
    rows = db.session.execute(_query(as_of, currency), execution_options={"yield_per": BATCH})
    yield from rows.partitions()


def _days(as_of: AsOf, moment: Any) -> Any:
    """Whole days since, begun ones included."""
    return func.greatest(func.ceil(func.extract("epoch", literal(as_of.moment.now) - moment) / 86_400), 1)


def _query(as_of: AsOf, currency: str) -> Select[Any]:
    span, here = as_of.last(WINDOW_DAYS), Receipt.at
    assert span.start is not None
    is_now = here >= span.start
    own = Receipt.currency == currency
    kept_now = IS_KEPT & is_now
    purchases = func.count().filter(kept_now)
    paid = func.coalesce(func.sum(Receipt.total_minor).filter(is_now & own & (Receipt.kind == "sale")), 0)
    given = func.coalesce(func.sum(-Receipt.total_minor).filter(is_now & own & (Receipt.kind == "refund")), 0)
    bought = (
        select(
            Receipt.customer_id,
            _days(as_of, func.max(here).filter(kept_now)).label("recency_days"),
            purchases.label("purchases"),
            (paid - given).label("money_minor"),
            func.coalesce(func.ceil(func.avg(KEPT_MINOR).filter(kept_now & own)), 0).label("basket_minor"),
            _days(as_of, func.min(here).filter(IS_KEPT)).label("tenure_days"),
            func.coalesce(given / func.nullif(paid, 0), 0).label("refund_share"),
            func.count().filter(is_now & (Receipt.kind == "refund")).label("refunds"),
        )
        .where(here < span.end)
        .group_by(Receipt.customer_id)
        .having(purchases > 0)
        .subquery()
    )
    talked = (
        select(
            Channel.customer_id,
            func.count().label("conversations"),
            func.count().filter(LATEST_STARS <= LOW_RATING).label("low_ratings"),
        )
        .where(Channel.requested_at >= span.start, Channel.requested_at < span.end)
        .group_by(Channel.customer_id)
        .subquery()
    )
    columns = [bought.c[one.key] if one.key in bought.c else func.coalesce(talked.c[one.key], 0) for one in FEATURES]
    return (
        select(*columns)
        .join(Customer, Customer.person_id == bought.c.customer_id)
        .outerjoin(talked, talked.c.customer_id == bought.c.customer_id)
        .where(Customer.erased_at.is_(None))
        .order_by(bought.c.customer_id)
    )
