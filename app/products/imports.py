"""Importing products: one line, one product, found again by SKU."""

from typing import Any

from sqlalchemy import select

from app.core.db import db, new_id, one_of
from app.core.money import LARGEST_MINOR, format_money, to_minor
from app.engine.custom_fields.imports import Taker
from app.engine.imports import cells
from app.engine.imports.cells import BadCell, Reading
from app.engine.imports.kinds import Field, ImportKind, Parse
from app.engine.imports.runs import Outcome, Run
from app.products.actions import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_SKU
from app.products.models import TYPES, Product

ROWS_PER_STEP = 1_000

FIELDS = (
    Field("sku", "SKU", ("stockcode", "product code", "code", "item number"), True),
    Field("name", "Name", ("product", "title", "product name"), True),
    Field("price", "Price", ("unitprice", "unit price", "amount"), True, "number"),
    Field("type", "Good or service", ("type", "kind")),
    Field("description", "Description", ("long description", "details", "text")),
)


def parser(how: Reading) -> Parse:
    """A reader of products."""

    def parse(row: dict[str, str]) -> dict[str, Any]:
        kind = row["type"].lower().removesuffix("s")
        if kind and kind not in TYPES:
            raise BadCell(f"Type “{row['type'][:30]}” is neither good nor service.")
        price = to_minor(cells.decimal(row["price"], "Price"), how.currency)
        if not 0 <= price <= LARGEST_MINOR:
            raise BadCell("A price is not below zero, and not beyond measure.")
        return {
            "sku": cells.at_most(row["sku"], LONGEST_SKU, "SKU"),
            "name": cells.at_most(" ".join(row["name"].split()), LONGEST_NAME, "Name"),
            "type": kind,
            "price_minor": price,
            "description": cells.at_most(row["description"], LONGEST_DESCRIPTION, "Description"),
        }

    return parse


def show(values: dict[str, Any], how: Reading) -> tuple[str, ...]:
    """A product in words, for the preview."""
    price = format_money(values["price_minor"], how.currency)
    return values["sku"], values["name"], values["type"] or "good", price, values["description"]


def apply(run: Run) -> None:
    """Add or change a product for each row that waits, some hundred at a step."""
    run.progress.begin("Writing products", run.count_waiting())
    for rows in run.waiting(ROWS_PER_STEP):
        skus = [values["sku"] for _line, values in rows]
        there = db.session.scalars(select(Product).where(one_of(Product.sku, skus)))
        known = {product.sku: product for product in there}
        own = Taker("product", [values for _line, values in rows])
        outcomes = [_take(line, values, known, own, run.reading) for line, values in rows]
        db.session.flush()
        run.end_step(outcomes)


def _take(line: int, values: dict[str, Any], known: dict[str, Product], own: Taker, how: Reading) -> Outcome:
    """Make one row a product, or change the one it means; what the row leaves empty stays."""
    said = {key: value for key, value in values.items() if value != ""}
    product = known.get(values["sku"])
    product_id = product.product_id if product else new_id()
    try:
        said["custom"] = own.put(product_id, product.custom if product else {}, values, is_new=not product)
    except BadCell as bad:
        return Outcome(line, "rejected", str(bad), field=bad.field)
    if product is None:
        product = Product(**{"product_id": product_id, "type": "good", "currency": how.currency, **said})
        db.session.add(product)
        known[product.sku] = product
        return Outcome(line, "created", "", product.product_id)
    changed = sorted(key for key, value in said.items() if getattr(product, key) != value)
    for key in changed:
        setattr(product, key, said[key])
    reason = ", ".join(changed).replace("_minor", "")
    return Outcome(line, "updated" if changed else "unchanged", reason, product.product_id)


KIND = ImportKind(
    key="products",
    label="Products",
    needs="One line for each product. A product is found again by its SKU, and then updated.",
    fields=FIELDS,
    parser=parser,
    shown=("SKU", "Name", "Type", "Price", "Description"),
    show=show,
    apply=apply,
    stands_alone=True,
    numbers=("Price",),
)
