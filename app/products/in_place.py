"""A product's details as its page shows them, each edited where it stands."""

from typing import Any

from app.core.access import Actor
from app.core.display import when
from app.core.forms import refusal_of
from app.core.money import format_money
from app.engine.custom_fields import facts as custom
from app.engine.custom_fields import forms as own
from app.engine.inline.sheets import Fact, Sheet
from app.products import actions, forms, queries
from app.products.models import Product


def facts_of(actor: Actor, product: Product) -> list[Fact]:
    """All details, custom ones left out: those have a part of their own."""
    can_edit = actor.can("products.edit")
    said = forms.words_of(product) | {
        "price": format_money(product.price_minor, product.currency),
        "cost": "" if product.cost_minor is None else format_money(product.cost_minor, product.currency),
        "kind": forms.TYPE_LABELS[product.type],
    }
    return [
        *(
            Fact(
                name,
                actions.LABELS[forms.COLUMNS[name]],
                said[name],
                can_edit=can_edit,
                is_long=name == "description",
            )
            for name in forms.FIELDS
        ),
        Fact("created_at", "Added", when(product.created_at), can_edit=False),
        *([Fact("archived_at", "Archived", when(product.archived_at), can_edit=False)] if product.archived_at else []),
    ]


def _all_facts(actor: Actor, product: Product) -> list[Fact]:
    can_edit = actor.can("products.edit")
    own_facts = custom.in_place(actor, "product", product.product_id, product.custom, can_edit=can_edit)
    return [*facts_of(actor, product), *own_facts]


def _form(actor: Actor, product: Product) -> forms.ProductForm:
    form = forms.product_form(product, product.currency, actor)
    if not form.is_sent:
        form.fill(product)
        own.fill(form, "product", product.product_id, product.custom, actor)
    return form


def _seen(product: Product) -> dict[str, str]:
    return forms.words_of(product) | own.seen("product", product.product_id, product.custom)


def _save(actor: Actor, product: Product, form: forms.ProductForm) -> None:
    typed, typed_own = form.read(product), own.take(form, "product", actor, product.custom)
    if typed is None or typed_own is None:
        raise refusal_of(form)
    seen = forms.seen_values(product) | own.seen_values("product", product.product_id, product.custom)
    actions.edit_product(product, typed | typed_own, actor=actor, seen=seen)


def _column(name: str) -> str:
    return "custom" if name.startswith("custom.") else forms.COLUMNS[name]


def _load(_actor: Actor, product_id: Any) -> Product:
    return queries.get_product(product_id)


SHEET = Sheet("product", _load, _all_facts, _form, _seen, _save, _column)
