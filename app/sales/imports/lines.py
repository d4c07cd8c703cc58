"""One line of a file of sales: what it says, and what can be said against it."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from app.core.money import LARGEST_MINOR, format_money, format_price, to_minor
from app.engine.imports import cells
from app.engine.imports.cells import BadCell, Reading
from app.engine.imports.kinds import Field, Parse

WALK_IN = "WALK-IN"
LONGEST_CODE = 64
LONGEST_REFERENCE = 100
LONGEST_TEXT = 300

FIELDS = (
    Field("invoice", "Invoice", ("invoiceno", "invoice number", "order", "order number", "receipt"), True),
    Field("sku", "Product code", ("stockcode", "sku", "product", "item", "item number"), True),
    Field("description", "Description", ("product name", "name", "title", "item name")),
    Field("quantity", "Quantity", ("qty", "count", "pieces"), True, "number"),
    Field("date", "Date", ("invoicedate", "at", "time", "order date", "created at"), True, "date"),
    Field("price", "Unit price", ("unitprice", "price each", "price"), True, "number"),
    Field("customer", "Customer reference", ("customerid", "customer", "customer no", "customer number")),
    Field("country", "Country"),
)
SHOWN = ("Becomes", "Invoice", "When", "Product", "Pieces", "Price", "Amount", "Customer")


def parser(how: Reading) -> Parse:
    """A reader of lines."""
    moment, amount = cells.moment_reader(how), _amounts(how)

    def parse(row: dict[str, str]) -> dict[str, Any]:
        quantity, price = cells.whole(row["quantity"], "Quantity"), cells.decimal(row["price"], "Unit price")
        if quantity == 0:
            raise BadCell("The quantity is zero.")
        if price < 0:
            raise BadCell("The price is below zero: a bookkeeping correction, not a sale.")
        if price == 0 and not row["customer"]:
            raise BadCell("No price and no customer: a stock correction, not a sale.")
        return {
            "invoice": cells.at_most(row["invoice"], LONGEST_REFERENCE, "Invoice"),
            "sku": cells.at_most(row["sku"], LONGEST_CODE, "Product code"),
            "description": row["description"][:LONGEST_TEXT],
            "quantity": quantity,
            "at": moment(row["date"]),
            "price": str(price),
            "amount": amount(price, quantity),
            "customer": cells.at_most(row["customer"], LONGEST_REFERENCE, "Customer reference") or WALK_IN,
            "country": row["country"][:LONGEST_TEXT],
        }

    return parse


def _amounts(how: Reading) -> Callable[[Decimal, int], int]:
    @lru_cache(maxsize=50_000)
    def amount(price: Decimal, quantity: int) -> int:
        minor = to_minor(price * quantity, how.currency)
        if abs(minor) > LARGEST_MINOR:
            raise BadCell("The amount is beyond measure.")
        return minor

    return amount


def show(values: dict[str, Any], how: Reading) -> tuple[str, ...]:
    """A line in words, for the preview."""
    return (
        "Refund" if values["quantity"] < 0 else "Sale",
        values["invoice"],
        f"{datetime.fromisoformat(values['at']):%-d %b %Y, %H:%M}",
        f"{values['sku']} · {values['description']}" if values["description"] else values["sku"],
        str(values["quantity"]),
        format_price(Decimal(values["price"]), how.currency),
        format_money(values["amount"], how.currency),
        "Walk-in" if values["customer"] == WALK_IN else values["customer"],
    )
