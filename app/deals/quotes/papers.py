"""A quote on paper, as staff, customers and programs get it."""

from flask import current_app

from app.deals.quotes import queries
from app.deals.quotes.models import Quote
from app.people import queries as people


def draw(quote: Quote) -> tuple[str, bytes]:
    """The name of the file, and what is in it: a PDF."""
    from app.deals.quotes import pdf  # noqa: PLC0415 - the drawing takes 23 MB that a process needs once it draws

    maker = people.find_employee(quote.created_by)
    workspace = current_app.extensions["rapport"].workspace
    drawn = pdf.draw(quote, queries.list_lines(quote.quote_id), workspace, maker.name if maker else "")
    return f"{quote.label.replace('/', '-')}.pdf", drawn
