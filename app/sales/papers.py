"""A receipt on paper, as staff, customers and programs get it."""

from flask import current_app

from app.sales import queries
from app.sales.models import Receipt


def draw(receipt: Receipt) -> tuple[str, bytes]:
    """The name of the file, and what is in it: a PDF."""
    from app.sales import pdf  # noqa: PLC0415 - 23 MB that a process needs once it draws its first receipt

    config = current_app.extensions["rapport"]
    drawn = pdf.draw(queries.read_receipt(receipt), config.workspace, config.time_zone)
    return f"{receipt.label}.pdf", drawn
