"""Finding receipts."""

from uuid import UUID

from sqlalchemy import select

from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.sales.access import visible_to
from app.sales.models import Receipt


def get_receipt(actor: Actor, receipt_id: UUID) -> Receipt:
    """The door to one receipt. Raises: NotFound when not there or not visible to this actor."""
    receipt = db.session.scalar(select(Receipt).where(Receipt.receipt_id == receipt_id, visible_to(actor)))
    if receipt is None:
        raise NotFound
    return receipt
