"""What can be done to many products at once."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db, one_of
from app.core.errors import Invalid
from app.engine.bulk.kinds import BulkField, Work, edit_action
from app.engine.events import actions as events
from app.products.models import Product

PATH = "/products"
STATES = (("sold", "Sold"), ("archived", "Archived, old receipts keep it"))


def present(work: Work) -> Collection[UUID]:
    """Those of some products that are there, held until the end."""
    query = select(Product.product_id).where(one_of(Product.product_id, work.ids))
    return db.session.scalars(query.order_by(Product.product_id).with_for_update()).all()


def _read_state(text: str) -> str:
    if text not in dict(STATES):
        raise Invalid("Choose whether they are sold.")
    return text


def _write_state(work: Work, value: Any) -> Collection[UUID]:
    is_archived = Product.archived_at.is_not(None)
    statement = (
        update(Product)
        .where(one_of(Product.product_id, work.ids), ~is_archived if value == "archived" else is_archived)
        .values(archived_at=now() if value == "archived" else None, version=Product.version + 1)
        .returning(Product.product_id)
    )
    changed = db.session.scalars(statement.execution_options(synchronize_session=False)).all()
    if not work.is_many:
        kind = "product.archived" if value == "archived" else "product.restored"
        events.emit_many(kind, [(one, {}) for one in changed], actor=work.actor)
    return changed


FIELDS = (BulkField("state", "State", _read_state, _write_state, lambda _actor: STATES),)
EDIT = edit_action(PATH, permission="products.edit", present=present)
