"""Pages of stars.

GET  /recent                            what one starred, and what one opened lately
POST /records/<kind>/<id>/star[/delete]  mark a record, take the mark away
"""

from uuid import UUID

from flask import Blueprint, Response, request

from app.core import access, web
from app.core.access import actor
from app.engine.records import kinds
from app.engine.stars import actions, queries

bp = Blueprint("stars", __name__)


@bp.get("/recent")
@access.requires("stars.use")
def recent() -> Response:
    icons = {key: kind.icon for key, kind in kinds.KINDS.items()}
    labels = {key: kind.label for key, kind in kinds.KINDS.items()}
    return web.render(
        "stars/index.html",
        starred=queries.list_starred(actor()),
        recent=queries.list_recent(actor()),
        icons=icons,
        labels=labels,
    )


@bp.post("/records/<kind>/<uuid:record_id>/star")
@access.requires("stars.use")
def star(kind: str, record_id: UUID) -> Response:
    record = kinds.get_record(actor(), kind, record_id)
    actions.star(record, actor=actor())
    return _answer(record, is_starred=True)


@bp.post("/records/<kind>/<uuid:record_id>/star/delete")
@access.requires("stars.use")
def unstar(kind: str, record_id: UUID) -> Response:
    record = kinds.get_record(actor(), kind, record_id)
    actions.unstar(record, actor=actor())
    return _answer(record, is_starred=False)


def remember(response: Response) -> Response:
    """Keep in mind that somebody opened a record's page, once it is made."""
    if request.method != "GET" or response.status_code != 200:
        return response
    record_id = next(iter((request.view_args or {}).values()), None)
    if isinstance(record_id, UUID):
        who = actor()
        kind = next((one for one in kinds.KINDS.values() if request.path == f"{one.path}/{record_id}"), None)
        if kind is not None and who.is_staff and who.id and not web.is_api() and not web.wants_fragment():
            actions.remember(who.id, kind.key, record_id)
    return response


def _answer(record: kinds.Record, *, is_starred: bool) -> Response:
    if not web.wants_fragment():
        return web.go(record.href, "Starred." if is_starred else "Not starred any more.")
    row = {"record_kind": record.kind, "record_id": record.id, "is_starred": is_starred}
    return web.render("stars/_button.html", "stars/_button.html", data=[row])
