"""Somebody else's shop with the chat on it, in the demo: GET /widget/demo.

Opened at one name of this machine it takes the chat from the other, so that the two are foreign to each other.
"""

from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from app.core import access, web
from app.widget import queries

bp = Blueprint("widget_demo", __name__)

KEY = "demo-shop"
OTHER_NAMES = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}
POLICY = (
    "default-src 'none'; script-src {shop}; style-src 'self'; img-src 'self' data:; frame-src {shop};"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@bp.get("/widget/demo")
@access.public
def page() -> Response:
    widget = queries.get_by_key(KEY)
    shop = _other_origin()
    response = web.render("widget/demo.html", widget=widget, shop=shop)
    response.headers["Content-Security-Policy"] = POLICY.format(shop=shop)
    return response


def _other_origin() -> str:
    """This server by its other name; where it has none, by its public one."""
    here = urlsplit(request.host_url)
    other = OTHER_NAMES.get(here.hostname or "")
    if other is None:
        return web.public_url("")
    return f"{here.scheme}://{other}:{here.port}" if here.port else f"{here.scheme}://{other}"
