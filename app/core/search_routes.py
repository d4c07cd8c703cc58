"""What the palette asks, also as a page of its own: /search."""

from flask import Blueprint, Response, request

from app.core import access, layout, web

bp = Blueprint("search", __name__)

LONGEST_QUESTION = 100


@bp.get("/search")
@access.signed_in
def search() -> Response:
    """Everything that matches, by kind; as options of a list for the palette."""
    words = request.args.get("q", "").strip()[:LONGEST_QUESTION]
    found = layout.search(access.actor(), words)
    return web.render(
        "search.html", "shared/search_results.html", found=found, words=words, is_list=web.wants_fragment()
    )
