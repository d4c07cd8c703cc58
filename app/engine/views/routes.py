"""Pages that lay lists out, and keep that as views.

GET  /views/columns           menu of a list's columns: ?list= its path, ?query= its state; on to it with ?do=show
GET  /views/new               form: ?list= its path, ?query= its state
POST /views                   keep it
GET  /views/<id>/edit         form; ?query= to keep another state under the same name
POST /views/<id>              change it
POST /views/<id>/deletion     drop it
"""

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid, NotFound
from app.engine.views import actions, queries
from app.engine.views.arrangement import read_arrangement
from app.engine.views.columns import LISTS
from app.engine.views.forms import ViewForm
from app.engine.views.models import SavedView

bp = Blueprint("views", __name__)


@bp.get("/views/columns")
@access.signed_in
def columns() -> ResponseReturnValue:
    arrangement = read_arrangement(request.args, actor())
    if request.args.get("do") == "show":
        return web.go(arrangement.address)
    return web.render("views/columns.html", "views/_columns.html", arrangement=arrangement)


@bp.get("/views/new")
@access.requires("views.save")
def new_view() -> ResponseReturnValue:
    path = request.args.get("list", "")
    if path not in LISTS:
        raise NotFound
    return _form(ViewForm(list=path, query=actions.state_of(request.args.get("query", "")), is_pinned=True))


@bp.post("/views")
@access.requires("views.save")
def create_view() -> ResponseReturnValue:
    form = ViewForm()
    if form.validate_on_submit():
        try:
            view = actions.save(form.list.data or "", form.query.data or "", form.read(), actor=actor())
        except Invalid as refusal:
            form.name.errors = [sentence for some in refusal.errors.values() for sentence in some]
        else:
            return web.go(view.address, "View saved.")
    return _form(form, status=422)


@bp.get("/views/<uuid:view_id>/edit")
@access.requires("views.save")
def edit_view(view_id: UUID) -> ResponseReturnValue:
    view = queries.get_changeable(actor(), view_id)
    return _form(ViewForm(obj=view, query=request.args.get("query", view.query)), view)


@bp.post("/views/<uuid:view_id>")
@access.requires("views.save")
def change_view(view_id: UUID) -> ResponseReturnValue:
    view, form = queries.get_changeable(actor(), view_id), ViewForm()
    if form.validate_on_submit():
        try:
            actions.change(view, form.read(), actor=actor(), query=form.query.data or "")
        except Invalid as refusal:
            form.name.errors = [sentence for some in refusal.errors.values() for sentence in some]
        else:
            return web.go(view.address, "View saved.")
    return _form(form, view, status=422)


@bp.post("/views/<uuid:view_id>/deletion")
@access.requires("views.save")
def delete_view(view_id: UUID) -> ResponseReturnValue:
    view = queries.get_changeable(actor(), view_id)
    path = view.list
    actions.drop(view, actor=actor())
    return web.go(f"{path}?view=", "View deleted.")


def _form(form: ViewForm, view: SavedView | None = None, *, status: int = 200) -> ResponseReturnValue:
    can_share = actor().can("views.share")
    if not can_share:
        del form.is_shared
    back = view.address if view else f"{form.list.data}?{form.query.data}"
    return web.render("views/form.html", status=status, form=form, view=view, back=back, can_share=can_share)
