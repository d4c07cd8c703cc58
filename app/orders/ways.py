"""How a customer can pay for an order: what payments offer, and what upper packages add, such as invoices."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.access import Actor
from app.core.errors import Invalid
from app.orders.actions import ordering
from app.orders.models import Order
from app.payments import queries as payments
from app.payments.providers.base import OnlineProvider, Payer

Begin = Callable[[Order, Actor, Payer], str]


@dataclass(frozen=True)
class Way:
    """One way, as the customer chooses it. `begin(order, actor, payer)` starts it and returns where they go on."""

    key: str
    label: str
    about: str
    icon: str
    begin: Begin
    is_open: Callable[[], bool] = lambda: True


_added: dict[str, Way] = {}


def add_way(way: Way) -> None:
    """Let orders be paid one more way."""
    _added[way.key] = way


def ways_for(currency: str) -> list[Way]:
    """The ways that are open now, for money of this currency."""
    offered = [
        Way(one.key, one.label, one.about, one.icon, _online(one.key) if isinstance(one, OnlineProvider) else page_of)
        for one in payments.ways_to_pay(currency)
    ]
    return offered + [way for way in _added.values() if way.is_open()]


def get_way(key: str, currency: str) -> Way:
    """The one that was chosen. Raises: Invalid for one that is not open."""
    way = next((one for one in ways_for(currency) if one.key == key), None)
    if way is None:
        raise Invalid("Choose how to pay.")
    return way


def page_of(order: Order, _actor: Actor, _payer: Payer) -> str:
    """The order's own page in the portal."""
    return f"/portal/orders/{order.order_id}"


def _online(provider: str) -> Begin:
    def begin(order: Order, actor: Actor, payer: Payer) -> str:
        if not order.due_minor:
            return page_of(order, actor, payer)
        return f"/portal/payments/{ordering.pay_online(order, provider, actor=actor, payer=payer).payment_id}"

    return begin
