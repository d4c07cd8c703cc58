"""How a customer can pay for an order: what payments offer, and what upper packages add, such as invoices."""

from collections.abc import Callable
from dataclasses import dataclass

from app.core.access import Actor
from app.core.errors import Invalid
from app.orders.actions import ordering
from app.orders.models import Order
from app.payments import queries as payments
from app.payments.providers.base import OnlineProvider


@dataclass(frozen=True)
class Way:
    """One way, as the customer chooses it. `begin(order, actor)` starts it and returns where the customer goes on."""

    key: str
    label: str
    about: str
    icon: str
    begin: Callable[[Order, Actor], str]
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


def page_of(order: Order, _actor: Actor) -> str:
    """The order's own page in the portal."""
    return f"/portal/orders/{order.order_id}"


def _online(provider: str) -> Callable[[Order, Actor], str]:
    def begin(order: Order, actor: Actor) -> str:
        if not order.due_minor:
            return page_of(order, actor)
        return f"/portal/payments/{ordering.pay_online(order, provider, actor=actor).payment_id}"

    return begin
