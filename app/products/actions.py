"""What is done to products."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy.exc import IntegrityError

from app.core import edits
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, new_id
from app.core.errors import Invalid
from app.core.money import LARGEST_MINOR, format_money
from app.engine.custom_fields import values
from app.engine.events import actions as events
from app.products.models import TYPES, Product

LONGEST_NAME = 300
LONGEST_SKU = 64
LONGEST_DESCRIPTION = 5000
LABELS = {
    "sku": "SKU",
    "name": "Name",
    "type": "Type",
    "description": "Description",
    "price_minor": "Price",
    "cost_minor": "Cost",
    "currency": "Currency",
}


class SkuTaken(Invalid):
    """Another product has this SKU."""

    def __init__(self) -> None:
        super().__init__(errors={"sku": ["Another product has this SKU already."]})


def add_product(
    *,
    sku: str,
    name: str,
    kind: str,
    price_minor: int,
    currency: str,
    description: str = "",
    cost_minor: int | None = None,
    custom: Mapping[str, Any] | None = None,
    actor: Actor,
) -> Product:
    """Add a good or a service; `custom` as for `people.register_customer`. Raises: Invalid, SkuTaken."""
    said = {"sku": sku, "name": name, "type": kind, "price_minor": price_minor, "description": description}
    _check({**said, "cost_minor": cost_minor})
    product = Product(product_id=new_id(), **said, cost_minor=cost_minor, currency=currency, custom={})
    if custom is not None:
        product.custom = values.put("product", product.product_id, {}, custom, is_new=True)
    _write(product, {})
    events.emit("product.added", actor=actor, subject_id=product.product_id, sku=sku)
    return product


def edit_product(
    product: Product, changes: dict[str, Any], *, actor: Actor, seen: dict[str, Any] | None = None
) -> list[str]:
    """Change some fields; returns the names of those that really changed.

    `seen` holds the values the editor started from, as in `people.edit_customer`.
    Raises: Clash with both values of a field somebody else changed meanwhile; Invalid; SkuTaken.
    """
    values.put("product", product.product_id, product.custom, values.by_key(changes))
    present = {name: values.value_of("product", product, product.product_id, name) for name in changes}
    words = partial(_in_words, product)
    changed = edits.merge(changes, present=present, seen=seen, label=_label_of, words=words)
    _check(changed)
    if changed:
        _write(product, changed)
        events.emit("product.updated", actor=actor, subject_id=product.product_id, fields=sorted(changed))
    return sorted(changed)


def archive_product(product: Product, *, actor: Actor) -> None:
    """Stop selling a product; it stays on every receipt."""
    if product.archived_at is None:
        product.archived_at = now()
        db.session.flush()
        events.emit("product.archived", actor=actor, subject_id=product.product_id)


def restore_product(product: Product, *, actor: Actor) -> None:
    """Sell it again."""
    if product.archived_at is not None:
        product.archived_at = None
        db.session.flush()
        events.emit("product.restored", actor=actor, subject_id=product.product_id)


def _label_of(name: str) -> str:
    return LABELS.get(name) or values.label_of("product", name)


def _in_words(product: Product, name: str, value: Any) -> str:
    """A value as people read it."""
    if name not in LABELS:
        return values.in_words("product", name, value)
    if name == "cost_minor" and value is None:
        return "–"
    return format_money(value, product.currency) if name in ("price_minor", "cost_minor") else str(value)


def _check(said: dict[str, Any]) -> None:
    errors: dict[str, list[str]] = {}
    if "sku" in said and not 1 <= len(said["sku"]) <= LONGEST_SKU:
        errors["sku"] = [f"Enter a SKU of at most {LONGEST_SKU} characters."]
    if "name" in said and not 1 <= len(said["name"]) <= LONGEST_NAME:
        errors["name"] = [f"Enter a name of at most {LONGEST_NAME} characters."]
    if "type" in said and said["type"] not in TYPES:
        errors["type"] = ["Choose good or service."]
    if len(said.get("description", "")) > LONGEST_DESCRIPTION:
        errors["description"] = [f"Use at most {LONGEST_DESCRIPTION:,} characters."]
    if not 0 <= said.get("price_minor", 0) <= LARGEST_MINOR:
        errors["price"] = ["A price is not below zero, and not beyond measure."]
    if not 0 <= (said.get("cost_minor") or 0) <= LARGEST_MINOR:
        errors["cost"] = ["A cost is not below zero, and not beyond measure."]
    if errors:
        raise Invalid(errors=errors)


def _write(product: Product, said: dict[str, Any]) -> None:
    """Set the values and write, behind a savepoint: a refused SKU leaves the session as it was."""
    try:
        with db.session.begin_nested():
            values.write("product", product, product.product_id, said)
            db.session.add(product)
            db.session.flush()
    except IntegrityError as refusal:
        if "uq_products_sku" in str(refusal.orig):
            raise SkuTaken from None
        raise values.taken("product", refusal) or refusal from None
