"""Message types.

GET       /reach/types                       list; ?state=archived
GET, POST /reach/types/new                   add one
GET, POST /reach/types/<id>                  change it
POST      /reach/types/<id>/archive          put it away
POST      /reach/types/<id>/archive/delete   bring it back
"""

from uuid import UUID

from flask import Blueprint, Response, request

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.reach.messages import queries
from app.reach.messages.actions import types as actions
from app.reach.messages.forms import TypeForm
from app.reach.messages.models import MessageType
from app.reach.messages.purposes import PURPOSES

bp = Blueprint("message_types", __name__)

PATH = "/reach/types"


@bp.get(PATH)
@access.requires("reach.read")
def index() -> Response:
    is_archived = request.args.get("state") == "archived"
    return web.render(
        "reach/types.html",
        page=queries.page_of_types(is_archived=is_archived, cursor=request.args.get("after", "")),
        counts=queries.count_templates(),
        is_archived=is_archived,
        lanes=actions.LANES,
        purposes=PURPOSES,
        can_edit=actor().can("reach.write"),
    )


@bp.route(f"{PATH}/new", methods=["GET", "POST"])
@access.requires("reach.write")
def new() -> Response:
    form = TypeForm()
    if form.was_sent():
        try:
            added = actions.add_type(form.details, actor=actor())
            return web.go(PATH, f"{added.name} was added.")
        except Invalid as refusal:
            form.blame(refusal)
    return _form(form, None)


@bp.route(f"{PATH}/<uuid:message_type_id>", methods=["GET", "POST"])
@access.requires("reach.write")
def edit(message_type_id: UUID) -> Response:
    found = queries.get_type(message_type_id)
    form = TypeForm(found)
    if form.was_sent():
        try:
            actions.change_type(found, form.details, actor=actor())
            return web.go(PATH, f"{found.name} was saved.")
        except Invalid as refusal:
            form.blame(refusal)
    return _form(form, found)


@bp.post(f"{PATH}/<uuid:message_type_id>/archive")
@access.requires("reach.write")
def archive(message_type_id: UUID) -> Response:
    found = queries.get_type(message_type_id)
    actions.archive_type(found, actor=actor())
    undo = f"{PATH}/{message_type_id}/archive/delete"
    return web.go(PATH, f"{found.name} was put away. Its templates stay.", undo=undo)


@bp.post(f"{PATH}/<uuid:message_type_id>/archive/delete")
@access.requires("reach.write")
def bring_back(message_type_id: UUID) -> Response:
    found = queries.get_type(message_type_id)
    actions.bring_back_type(found, actor=actor())
    return web.go(PATH, f"{found.name} is back.")


def _form(form: TypeForm, found: MessageType | None) -> Response:
    return web.render("reach/types_form.html", status=422 if form.errors else 200, form=form, shown=found)
