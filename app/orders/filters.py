"""What can be asked about orders, and about customers by what they ordered."""

from app.engine.filters.fields import Collection, Entity, Field, by_key
from app.orders.access import visible_to
from app.orders.models import STATES, Order
from app.people.filters import CUSTOMERS

FIELDS = (
    Field("state", "State", "choice", Order.state, lambda: [(key, label) for key, (label, _tone) in STATES.items()]),
    Field("total", "Total", "money", Order.total_minor),
    Field("refunded", "Given back", "money", Order.refunded_minor),
    Field("placed", "Placed", "moment", Order.placed_at),
    Field("fulfilled", "Fulfilled", "moment", Order.fulfilled_at),
)
ORDERS = Entity(
    "order",
    "Orders",
    Order.order_id,
    Order.number,
    "/orders",
    permission="orders.read",
    visible=visible_to,
    fields=by_key(*FIELDS),
)


def add() -> None:
    """Let customers be found by their orders."""
    CUSTOMERS.add_collection(
        Collection("orders", "Orders", Order.customer_id, Order.placed_at, by_key(*FIELDS), permission="orders.read")
    )
