"""The sequence of a payment: who said or did what, in the order of time."""

from typing import Any, Literal
from uuid import UUID

from app.core.db import db
from app.payments.models import Step

Party = Literal["customer", "shop", "vendor"]
LONGEST_VALUE = 300


def note(
    payment_id: UUID,
    title: str,
    *,
    sender: Party = "shop",
    receiver: Party = "shop",
    detail: dict[str, Any] | None = None,
    is_good: bool = True,
    refund_id: UUID | None = None,
    took_ms: int | None = None,
) -> None:
    """Write one step down, in the present transaction. Never hand in what is secret or personal."""
    shown = {key: str(value)[:LONGEST_VALUE] for key, value in (detail or {}).items() if value not in (None, "")}
    db.session.add(
        Step(
            payment_id=payment_id,
            refund_id=refund_id,
            sender=sender,
            receiver=receiver,
            title=title,
            detail=shown,
            is_good=is_good,
            took_ms=took_ms,
        )
    )
