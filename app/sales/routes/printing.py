"""One receipt on paper, for the staff and for the customer alike."""

from flask import Response

from app.core import web
from app.sales import papers, queries
from app.sales.models import Receipt


def show(receipt: Receipt, *, pdf_href: str, back: str, back_label: str) -> Response:
    """The page that prints well, with a way to the file and a way back."""
    paper = queries.read_receipt(receipt)
    return web.render("sales/paper.html", paper=paper, pdf_href=pdf_href, back=back, back_label=back_label)


def send_pdf(receipt: Receipt) -> Response:
    """The same as a file."""
    name, drawn = papers.draw(receipt)
    response = Response(drawn, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
