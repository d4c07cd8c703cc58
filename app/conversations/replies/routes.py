"""Canned replies.

GET       /replies                   list: ?q=
GET, POST /replies/new               write one
GET, POST /replies/<id>/edit         write it anew
POST      /replies/<id>/deletion     delete it
POST      /replies/preview           what a text becomes (fragment)
GET       /replies/choices           what "/" offers in a conversation: ?q= ?conversation= (fragment)
POST      /replies/<id>/uses         it was put into a message
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, request

from app.conversations.queries import lookup
from app.conversations.replies import actions, queries
from app.conversations.replies.access import may_change
from app.conversations.replies.forms import ReplyForm
from app.conversations.replies.placeholders import MEANINGS
from app.core import access, paging, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.changes import actions as changes
from app.engine.placeholders.language import problems_in
from app.engine.placeholders.stencils import fill

bp = Blueprint("replies", __name__)


@bp.get("/replies")
@access.requires("conversations.answer")
def index() -> Response:
    words = request.args.get("q", "")[:100]
    page = queries.page_of_replies(
        actor(), words=words, sort=request.args.get("sort", "name"), cursor=request.args.get("after", "")
    )
    return web.render(
        "replies/list.html",
        "replies/_list.html",
        page=page,
        words=words,
        query=request.args.to_dict(flat=False),
        last=paging.LAST,
        audiences=actions.AUDIENCES,
        may_change=[reply.reply_id for reply in page.rows if may_change(actor(), reply)],
    )


@bp.route("/replies/new", methods=["GET", "POST"])
@access.requires("conversations.answer")
def new() -> Response:
    form = ReplyForm()
    form.offer(actor())
    if form.was_sent():
        change_set = changes.begin(f"Wrote the canned reply {form.name.data}", kind="add", actor=actor())
        try:
            reply = actions.add_reply(form.details, actor=actor())
            return web.go("/replies", f"/{reply.name} was saved.", undo=change_set.undo_path)
        except Invalid as refusal:
            form.blame(refusal)
    return _form(form, "New canned reply", "/replies/new")


@bp.route("/replies/<uuid:reply_id>/edit", methods=["GET", "POST"])
@access.requires("conversations.answer")
def edit(reply_id: UUID) -> Response:
    reply = queries.get_reply(actor(), reply_id, to_edit=True)
    form = ReplyForm(name=reply.name, body=reply.body, audience=reply.audience)
    form.offer(actor())
    if form.was_sent():
        change_set = changes.begin(f"Changed the canned reply {reply.name}", kind="edit", actor=actor())
        try:
            actions.change_reply(reply, form.details, actor=actor())
            return web.go("/replies", f"/{reply.name} was saved.", undo=change_set.undo_path)
        except Invalid as refusal:
            form.blame(refusal)
    return _form(form, reply.name, f"/replies/{reply_id}/edit")


@bp.post("/replies/<uuid:reply_id>/deletion")
@access.requires("conversations.answer")
def delete(reply_id: UUID) -> Response:
    reply = queries.get_reply(actor(), reply_id, to_edit=True)
    change_set = changes.begin(f"Deleted the canned reply {reply.name}", kind="delete", actor=actor())
    actions.remove_reply(reply, actor=actor())
    return web.go("/replies", f"/{reply.name} was deleted.", undo=change_set.undo_path)


@bp.post("/replies/preview")
@access.requires("conversations.answer")
def preview() -> Response:
    body = request.form.get("body", "")[: actions.writing.LONGEST_MESSAGE]
    return web.render("replies/preview.html", "replies/_preview.html", **_previewed(body))


@bp.get("/replies/choices")
@access.requires("conversations.answer")
def choices() -> Response:
    asked = request.args.get("conversation", type=UUID)
    channel = lookup.get_channel(actor(), asked) if asked else None
    found = queries.suggest_replies(actor(), request.args.get("q", "")[:100])
    values = queries.values_for(actor(), channel) if found else {}
    filled = [(reply, fill(reply.body, values)) for reply in found]
    return web.render("replies/choices.html", "replies/_choices.html", choices=filled)


@bp.post("/replies/<uuid:reply_id>/uses")
@access.requires("conversations.answer")
def use(reply_id: UUID) -> Response:
    actions.count_use(queries.get_reply(actor(), reply_id))
    return make_response("", 204)


def _form(form: ReplyForm, title: str, action: str) -> Response:
    status = 422 if form.errors else 200
    shown = {"form": form, "title": title, "action": action, "meanings": MEANINGS}
    return web.render("replies/form.html", status=status, **shown, **_previewed(form.body.data or ""))


def _previewed(body: str) -> dict[str, Any]:
    return {"filled": fill(body, queries.values_for(actor(), None)), "problems": problems_in(body, MEANINGS)}
