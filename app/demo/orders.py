"""Orders of the demo company: some wait, some are late, most went well."""

from collections.abc import Sequence
from datetime import timedelta
from operator import itemgetter
from random import Random
from uuid import UUID

from sqlalchemy import select

from app.accounts import sign_ins
from app.core.access import SYSTEM, Actor
from app.core.clock import now, today
from app.core.db import db
from app.invoices import actions as invoices
from app.orders.actions import ordering
from app.orders.models import Order
from app.orders.pricing import Priced
from app.people.models import Customer
from app.products.models import Product
from app.taxes import actions as taxes
from app.taxes import queries as tax_queries
from app.taxes.forms import read_percent

SEED = 20_110_604
DUE_DAYS = 14
STORIES = ("placed", "paid", "fulfilled", "invoice", "part", "late", "refunded", "cancelled", "fulfilled", "paid")
ISSUER = "Lotus Gifts\n12 Mill Lane, Bath\nVAT GB 123 4567 89"
FOOT = "Please pay to GB29 NWBK 6016 1331 9268 19 and name the number of the invoice."


def make_orders(agent_id: UUID, customer_id: UUID, count: int = 20) -> None:
    """Tax at 20 percent, invoices that remind, and orders of the customer and of others in every state."""
    agent = sign_ins.actor_for(agent_id)
    assert agent is not None
    taxes.save_rate(None, name="VAT", share=read_percent("20"), is_included=True, is_default=True)
    invoices.decide(
        is_offered=True, due_days=DUE_DAYS, remind_after_days=(3, 10, 20), issuer=ISSUER, foot=FOOT, actor=SYSTEM
    )
    chance = Random(SEED)
    products = db.session.scalars(select(Product).where(Product.archived_at.is_(None)).order_by(Product.sku)).all()
    others = db.session.scalars(
        select(Customer).where(Customer.email.is_not(None)).order_by(Customer.person_id).limit(count)
    ).all()
    customer = db.session.get_one(Customer, customer_id)
    for days, story, buyer in _oldest_first([customer, customer, customer, *others]):
        order = _order(buyer, products, chance)
        order.placed_at = now() - timedelta(days=days, minutes=chance.randrange(600))
        _go_on(order, story, days, agent)


def _oldest_first(buyers: Sequence[Customer]) -> list[tuple[int, str, Customer]]:
    """How many days ago each ordered, and what came of it; numbers rise with the dates."""
    told = [(position % 12, STORIES[position % len(STORIES)], buyer) for position, buyer in enumerate(buyers)]
    dated = [(DUE_DAYS + 5 if story == "late" else days, story, buyer) for days, story, buyer in told]
    return sorted(dated, key=itemgetter(0), reverse=True)


def _order(buyer: Customer, products: Sequence[Product], chance: Random) -> Order:
    chosen = chance.sample(products, chance.randint(1, 3))
    rates = tax_queries.taxes_of([product.product_id for product in chosen])
    lines = [Priced(product, chance.randint(1, 3), rates[product.product_id]) for product in chosen]
    return ordering.place(buyer, lines, pay_by="counter", actor=SYSTEM, source="demo")


def _go_on(order: Order, story: str, days: int, agent: Actor) -> None:
    if story in ("invoice", "part", "late"):
        order.pay_by = "invoice"
        invoices.issue(order, actor=agent, issued_on=today() - timedelta(days=days))
        if story == "part":
            ordering.take_payment(order, order.due_minor // 2, "transfer", actor=agent)
    elif story == "cancelled":
        ordering.cancel(order, reason="Ordered twice", actor=agent)
    elif story != "placed":
        ordering.take_payment(order, order.due_minor, "counter", actor=agent)
        if story == "fulfilled":
            ordering.fulfil(order, actor=agent)
        elif story == "refunded":
            ordering.give_back(order, order.left_minor // 2, reason="Arrived damaged", actor=agent)
    db.session.flush()
