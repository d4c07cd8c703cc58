"""The demo company's deals: some in every stage, a few of them getting old, some won and lost."""

from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from sqlalchemy import select

from app.accounts import sign_ins
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db
from app.core.money import to_minor
from app.deals.actions import closing, lines
from app.deals.actions import deals as actions
from app.deals.actions import pipelines as arranging
from app.deals.queries import pipelines
from app.demo import words
from app.people.models import Customer
from app.products.models import Product

SEED = 41
DEALS = 30
WON, LOST = 5, 4


def make_deals(owner_ids: list[UUID], currency: str) -> None:
    """Add the deals of the week, looked after by these employees in turn."""
    chance = Random(SEED)
    arranging.make_usual(actor=SYSTEM)
    way = pipelines.list_ways()[0]
    reasons = pipelines.list_reasons()
    owners = [owner for owner in map(sign_ins.actor_for, owner_ids) if owner]
    today = now().date()
    for n, (customer, product) in enumerate(zip(_customers(), _products(), strict=False)):
        actor = owners[n % len(owners)]
        stage = way.open[min(n % 7, 4) if n % 3 else n % 2]
        title, step = words.DEALS[n % len(words.DEALS)]
        has_step = n % 4 != 3
        details = actions.DealDetails(
            title=f"{title} for {customer.last_name}",
            currency=currency,
            customer_id=customer.person_id,
            owner_id=actor.id,
            value_minor=to_minor(Decimal(chance.randrange(20, 400) * 10), currency),
            expected_on=today + timedelta(days=chance.randrange(5, 100)),
            next_step=step if has_step else "",
            next_step_on=today + timedelta(days=chance.randrange(0, 14)) if has_step else None,
            source=chance.choice(words.SOURCES),
        )
        deal = actions.create_deal(details, stage, actor=actor)
        if n % 2 or n < WON:
            offered = lines.LineDetails(product.product_id, chance.choice((12, 25, 40, 60)))
            lines.set_lines(deal, [offered], actor=actor)
        if n < WON:
            closing.win_deal(deal, actor=actor)
        elif n < WON + LOST:
            closing.lose_deal(deal, reasons[n % len(reasons)].reason_id, actor=actor)
        else:
            deal.stage_since = now() - timedelta(days=chance.choice((1, 2, 4, 9, 16, 33)))
    db.session.flush()


def _customers() -> list[Customer]:
    query = select(Customer).where(Customer.last_name != "", Customer.erased_at.is_(None))
    return list(db.session.scalars(query.order_by(Customer.created_at, Customer.person_id).limit(DEALS)))


def _products() -> list[Product]:
    sold = list(db.session.scalars(select(Product).where(Product.archived_at.is_(None)).order_by(Product.sku)))
    return [sold[n % len(sold)] for n in range(DEALS)]
