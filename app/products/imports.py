"""Importing products: one line, one product, found again by SKU."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core import jobs
from app.core.access import Actor
from app.core.db import db
from app.core.errors import Invalid
from app.core.money import format_money, to_minor
from app.engine.imports import cells
from app.engine.imports.jobs import pending_rows, settle
from app.engine.imports.kinds import BadCell, Field, ImportKind, Parse, Reading
from app.products import actions
from app.products.models import Product

ROWS_PER_STEP = 500

FIELDS = (
    Field("sku", "SKU", ("stockcode", "product code", "code", "item number"), True, "LOT-101"),
    Field("name", "Name", ("product", "title", "description"), True, "Soy candle"),
    Field("price", "Price", ("unitprice", "amount"), True, "14.50"),
    Field("type", "Type", ("kind",), example="good"),
    Field("details", "Description", ("long description", "details", "text")),
)


def parser(how: Reading) -> Parse:
    """A reader of products."""

    def parse(row: dict[str, str]) -> dict[str, Any]:
        kind = row["type"].lower().removesuffix("s") or "good"
        if kind not in ("good", "service"):
            raise BadCell(f"Type “{row['type'][:30]}” is neither good nor service.")
        price = cells.decimal(row["price"], "Price")
        if price < 0:
            raise BadCell("A price cannot be below zero.")
        return {
            "sku": row["sku"],
            "name": row["name"],
            "type": kind,
            "price_minor": to_minor(price, how.currency),
            "description": row["details"],
        }

    return parse


def describe(values: dict[str, Any], how: Reading) -> str:
    """A product in words, for the preview."""
    return (
        f"{values['sku']} · {values['name']} · {values['type']} · {format_money(values['price_minor'], how.currency)}"
    )


def apply(import_id: UUID, actor: Actor, how: Reading) -> None:
    """Add or change a product for each pending row."""
    done = 0
    for rows in pending_rows(import_id, ROWS_PER_STEP):
        skus = [values["sku"] for _line, values in rows]
        known = {product.sku: product for product in db.session.scalars(select(Product).where(Product.sku.in_(skus)))}
        settle(import_id, [(line, *_take(values, known, actor, how)) for line, values in rows])
        db.session.commit()
        done += len(rows)
        jobs.report(done, step="Writing products")


def _take(
    values: dict[str, Any], known: dict[str, Product], actor: Actor, how: Reading
) -> tuple[str, str, UUID | None]:
    product = known.get(values["sku"])
    try:
        if product is None:
            plain = {key: values[key] for key in ("sku", "name", "price_minor", "description")}
            product = actions.add_product(**plain, kind=values["type"], currency=how.currency, actor=actor)
            known[product.sku] = product
            return "created", "", product.product_id
        changed = actions.edit_product(product, values, actor=actor)
    except Invalid as refusal:
        return "rejected", next((words[0] for words in refusal.errors.values()), str(refusal)), None
    return ("updated" if changed else "unchanged"), ", ".join(changed).replace("_", " "), product.product_id


KIND = ImportKind(
    key="products",
    label="Products",
    fields=FIELDS,
    parser=parser,
    apply=apply,
    describe=describe,
    needs="One line for each product. A product is found again by its SKU, and then updated.",
)
