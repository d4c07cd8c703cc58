"""What other pages load: the script, and the frame it puts there.

GET /widget.js       the script, the same for all
GET /widget/<key>    the frame; alone in a tab it is the page where a conversation goes on
"""

import json
from pathlib import Path
from uuid import uuid4

from flask import Blueprint, Response, current_app, send_from_directory

from app.conversations.queries import away, waiting
from app.core import access, limits, web
from app.widget import queries
from app.widget.colours import ink_on
from app.widget.models import Widget

bp = Blueprint("widget_frame", __name__)

FRAMES_PER_ADDRESS = "240/minute"
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)


@bp.get("/widget.js")
@access.public
def script() -> Response:
    sent = send_from_directory(Path(str(current_app.static_folder)) / "js", "widget.js", max_age=3600)
    sent.headers["Cache-Control"] = "public, max-age=3600"
    sent.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return sent


@bp.get("/widget/<key>")
@access.public
def frame(key: str) -> Response:
    limits.hit(FRAMES_PER_ADDRESS, "widget-frame", web.client_address())
    widget = queries.get_by_key(key)
    response = web.render(
        "widget/frame.html",
        widget=widget,
        outlook=away.outlook(),
        expected_wait=waiting.expected_wait_seconds(),
        told=json.dumps(told(widget)),
        key=uuid4().hex,
    )
    response.headers["Content-Security-Policy"] = POLICY.format(ancestors=" ".join(["'self'", *widget.origins]))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def told(widget: Widget) -> dict[str, object]:
    """What the frame's script knows of its widget; all of it is public."""
    return {
        "origins": widget.origins,
        "colour": widget.colour,
        "ink": ink_on(widget.colour),
        "side": widget.side,
        "label": widget.name,
        "tellsPage": widget.tells_page,
        "rules": widget.rules,
    }
