"""A quote as a file, for the staff and for the customer alike."""

from flask import Response

from app.deals.quotes import papers
from app.deals.quotes.models import Quote


def send_pdf(quote: Quote) -> Response:
    """The file."""
    name, drawn = papers.draw(quote)
    response = Response(drawn, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
