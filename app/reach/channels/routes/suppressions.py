"""Addresses that are not written to.

GET  /reach/suppressions                          look one up: ?channel= ?address=, and who came last
POST /reach/suppressions                          add one
POST /reach/suppressions/<channel>/<mark>/delete  write to it again
"""

from flask import Blueprint, Response, request

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid, NotFound
from app.reach.channels import actions, queries
from app.reach.channels.base import CHANNELS

bp = Blueprint("suppressions", __name__)

HERE = "/reach/suppressions"


@bp.get(HERE)
@access.requires("reach.read")
def index() -> Response:
    return _show(request.args.to_dict())


@bp.post(HERE)
@access.requires("reach.providers")
def add() -> Response:
    typed = request.form.to_dict()
    channel, address = typed.get("channel", ""), typed.get("address", "")
    try:
        actions.suppress(channel, address, words=typed.get("words", ""), actor=actor())
    except Invalid as refusal:
        return _show(typed, refusal)
    return web.go(HERE, "Nothing is sent to it any more.")


@bp.post(f"{HERE}/<channel>/<mark>/delete")
@access.requires("reach.providers")
def remove(channel: str, mark: str) -> Response:
    try:
        actions.release(channel, bytes.fromhex(mark), actor=actor())
    except ValueError:
        raise NotFound from None
    return web.go(web.safe_next(HERE), "It is written to again.")


def _show(typed: dict[str, str], refusal: Invalid | None = None) -> Response:
    channel, address = typed.get("channel", "email"), typed.get("address", "")
    found, mark = None, ""
    if address and refusal is None:
        try:
            mark = queries.fingerprint_of(channel, address).hex()
            found = queries.find_suppression(channel, bytes.fromhex(mark))
        except Invalid as reason:
            refusal = reason
    return web.render(
        "reach/suppressions.html",
        status=422 if refusal else 200,
        typed={"channel": channel, "address": address, "words": typed.get("words", "")},
        errors=refusal.errors if refusal else {},
        found=found,
        mark=mark,
        page=queries.list_suppressions(cursor=request.args.get("after", "")),
        channels=[(one.key, one.label) for one in queries.suppressible()],
        labels={one.key: one.label for one in CHANNELS.values()},
        reasons=queries.REASONS,
    )
