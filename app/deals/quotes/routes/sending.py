"""A quote as a file, for the staff and for the customer alike."""

from flask import Response, current_app

from app.deals.quotes import queries
from app.deals.quotes.models import Quote
from app.people import queries as people


def send_pdf(quote: Quote) -> Response:
    """The file."""
    from app.deals.quotes import pdf  # noqa: PLC0415 - the drawing takes 23 MB that a process needs once it draws

    maker = people.find_employee(quote.created_by)
    workspace = current_app.extensions["rapport"].workspace
    drawn = pdf.draw(quote, queries.list_lines(quote.quote_id), workspace, maker.name if maker else "")
    response = Response(drawn, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{quote.label.replace("/", "-")}.pdf"'
    return response
