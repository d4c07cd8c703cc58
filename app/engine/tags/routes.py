"""Pages that keep tags in order, and the chips on a record's page.

GET  /tags                                       list: ?q=
GET  /tags/<id>                                  one tag: its name, colour and uses
POST /tags/<id>                                  change its name and colour
POST /tags/<id>/merger                           merge it into another one
POST /tags/<id>/deletion                         delete it
GET  /records/<kind>/<id>/tags/suggestions       tags to choose from (fragment): ?name=
POST /records/<kind>/<id>/tags                   tag a record
POST /records/<kind>/<id>/tags/<id>/delete       take a tag off it
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, paging, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.changes import actions as changes
from app.engine.changes.models import ChangeSet
from app.engine.records.kinds import KINDS, Record, get_record
from app.engine.tags import actions, queries
from app.engine.tags.models import COLOURS, Tag

bp = Blueprint("tags", __name__)


@bp.get("/tags")
@access.requires("tags.read")
def tags() -> ResponseReturnValue:
    words = request.args.get("q", "")[: actions.LONGEST_NAME]
    page = queries.page_of_tags(
        sort=request.args.get("sort", "name"), cursor=request.args.get("after", ""), words=words
    )
    return web.render(
        "tags/list.html",
        "tags/_list.html",
        page=page,
        uses=queries.count_uses(page.rows),
        kinds=_kinds(),
        words=words,
        query=request.args.to_dict(flat=False),
        last=paging.LAST,
        can_edit=actor().can("tags.edit"),
    )


@bp.get("/tags/<uuid:tag_id>")
@access.requires("tags.edit")
def tag(tag_id: UUID) -> ResponseReturnValue:
    return _show(queries.get_tag(tag_id))


@bp.post("/tags/<uuid:tag_id>")
@access.requires("tags.edit")
def change_tag(tag_id: UUID) -> ResponseReturnValue:
    found = queries.get_tag(tag_id)
    colour = request.form.get("colour", -1, int)
    change_set = changes.begin(f"Changed the tag {found.name}", kind="edit", actor=actor())
    try:
        actions.change_tag(found, name=request.form.get("name", ""), colour=colour, actor=actor())
    except Invalid as refusal:
        return _show(found, refusal)
    return web.go("/tags", f"{found.name} was saved.", undo=change_set.undo_path)


@bp.post("/tags/<uuid:tag_id>/merger")
@access.requires("tags.edit")
def merge(tag_id: UUID) -> ResponseReturnValue:
    found = queries.get_tag(tag_id)
    change_set = changes.begin(f"Merged the tag {found.name}", kind="merge", actor=actor())
    try:
        into = queries.get_tag_named(request.form.get("into", ""))
        actions.merge_tags(found, into, actor=actor())
    except Invalid as refusal:
        return _show(found, refusal)
    return web.go("/tags", f"{found.name} is merged into {into.name}.", undo=change_set.undo_path)


@bp.post("/tags/<uuid:tag_id>/deletion")
@access.requires("tags.edit")
def delete(tag_id: UUID) -> ResponseReturnValue:
    found = queries.get_tag(tag_id)
    change_set = changes.begin(f"Deleted the tag {found.name}", kind="delete", actor=actor())
    actions.delete_tag(found, actor=actor())
    return web.go("/tags", f"{found.name} was deleted.", undo=change_set.undo_path)


@bp.get("/records/<kind>/<uuid:record_id>/tags/suggestions")
@access.signed_in
def suggestions(kind: str, record_id: UUID) -> ResponseReturnValue:
    record = get_record(actor(), kind, record_id, to_edit=True)
    words = request.args.get("name", "").strip()[: actions.LONGEST_NAME]
    found = queries.suggest_tags(kind, record.id, words)
    return web.render("tags/_suggestions.html", tags=found, at=f"/records/{kind}/{record_id}/tags")


@bp.post("/records/<kind>/<uuid:record_id>/tags")
@access.signed_in
def tag_record(kind: str, record_id: UUID) -> ResponseReturnValue:
    record = get_record(actor(), kind, record_id, to_edit=True)
    name = request.form.get("chosen") or request.form.get("name", "")
    change_set = changes.begin(f"Tagged {record.name}", kind="tag", actor=actor())
    try:
        actions.tag_record(record, name, actor=actor())
    except Invalid as refusal:
        return _chips(record, problem=" ".join(refusal.errors["name"]), status=422)
    return _chips(record, f"{record.name} is tagged.", change_set, is_open=True)


@bp.post("/records/<kind>/<uuid:record_id>/tags/<uuid:tag_id>/delete")
@access.signed_in
def untag_record(kind: str, record_id: UUID, tag_id: UUID) -> ResponseReturnValue:
    record = get_record(actor(), kind, record_id, to_edit=True)
    tag = queries.get_tag(tag_id)
    change_set = changes.begin(f"Took {tag.name} off {record.name}", kind="tag", actor=actor())
    actions.untag_record(record, tag, actor=actor())
    return _chips(record, f"{tag.name} was taken off.", change_set)


def _chips(
    record: Record, said: str = "", change_set: ChangeSet | None = None, *, status: int = 200, **more: Any
) -> ResponseReturnValue:
    """The chips as they are now, or the way back to the record; a refusal without script is a page of its own."""
    undo = change_set.undo_path if change_set else ""
    if said and not web.wants_fragment():
        return web.go(record.href, said, undo=undo)
    data = [
        {
            "kind": record.kind,
            "path": KINDS[record.kind].path,
            "record_id": record.id,
            "can_edit": True,
            "tags": [_plain(one) for one in queries.tags_of(record.kind, record.id)],
            **more,
        }
    ]
    answer = web.render("tags/page.html", "tags/_chips.html", status=status, data=data, record=record)
    return web.toast(answer, said, undo=undo) if said else answer


def _plain(tag: Tag) -> dict[str, Any]:
    return {"id": tag.tag_id, "name": tag.name, "colour": tag.colour}


def _show(tag: Tag, refusal: Invalid | None = None) -> ResponseReturnValue:
    typed = request.form if refusal else {}
    return web.render(
        "tags/show.html",
        status=422 if refusal else 200,
        tag=tag,
        typed={"name": typed.get("name", tag.name), "colour": int(typed.get("colour", tag.colour))},
        uses=queries.count_uses([tag])[tag.tag_id],
        kinds=_kinds(),
        others=[one for one in queries.choices() if one[0] != str(tag.tag_id)],
        colours=range(COLOURS),
        errors=refusal.errors if refusal else {},
    )


def _kinds() -> dict[str, Any]:
    """The kinds whose records this actor may see, by key."""
    return {key: kind for key, kind in KINDS.items() if actor().can(kind.read)}
