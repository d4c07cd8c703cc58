"""Where an admin defines fields.

GET  /settings/fields                         the fields of a kind of record: ?of=
POST /settings/fields                         add one
GET  /settings/fields/new                     form: ?of= ?type=
POST /settings/fields/order                   move one
GET  /settings/fields/<id>                    form
POST /settings/fields/<id>                    change it
POST /settings/fields/<id>/archive[/delete]   archive it, restore it
"""

from uuid import UUID

from flask import Blueprint, Response, request, url_for

from app.core import access, once, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.custom_fields import actions, forms, queries
from app.engine.custom_fields.kinds import KINDS, CustomKind
from app.engine.custom_fields.models import CustomField
from app.engine.custom_fields.types import TYPES

bp = Blueprint("custom_fields", __name__, url_prefix="/settings/fields")


@bp.get("")
@access.requires("fields.manage")
def fields() -> Response:
    return _show_list(_kind())


@bp.get("/new")
@access.requires("fields.manage")
def new_field() -> Response:
    form = forms.FieldForm()
    form.type.data = request.args.get("type") if request.args.get("type") in TYPES else "text"
    return _show_form(form, _kind())


@bp.post("")
@access.requires("fields.manage")
def add_field() -> Response:
    done = once.claim(request.form.get("once", ""))
    if done is not None:
        return web.go(done)
    kind, form = _kind(), forms.FieldForm()
    try:
        made = actions.add_field(kind, form.read(), actor=actor())
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, kind, status=422)
    once.remember(request.form.get("once", ""), _address(kind))
    return web.go(_address(kind), f"{made.label} was added, and is there from now on.")


@bp.post("/order")
@access.requires("fields.manage")
def move_field() -> Response:
    kind = _kind()
    shown = [one.key for one in queries.list_fields(kind.key) if one.archived_at is None]
    step, _, rest = request.form.get("do", "").partition(":")
    key, _, place = rest.partition(":")
    if key in shown:
        present = shown.index(key)
        number = place.rpartition(":")[2]
        wanted = int(number[:4]) if number.isdigit() else present + {"up": -1, "down": 1}.get(step, 0)
        moved = next(one for one in queries.list_fields(kind.key) if one.key == key)
        actions.move_field(moved, wanted, actor=actor())
    return _show_list(kind) if web.wants_fragment() else web.go(_address(kind))


@bp.get("/<uuid:field_id>")
@access.requires("fields.manage")
def edit_field(field_id: UUID) -> Response:
    made = queries.get_field(field_id)
    form = forms.FieldForm()
    defined = actions.definition_of(made)
    form.fill(made, defined.type.typed(made.initial, defined) if made.initial is not None else "")
    return _show_form(form, KINDS[made.kind], made)


@bp.post("/<uuid:field_id>")
@access.requires("fields.manage")
def update_field(field_id: UUID) -> Response:
    made, form = queries.get_field(field_id), forms.FieldForm()
    try:
        actions.edit_field(made, form.read(), actor=actor())
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, KINDS[made.kind], made, status=422)
    return web.go(_address(KINDS[made.kind]), "Saved.")


@bp.post("/<uuid:field_id>/archive")
@access.requires("fields.manage")
def archive_field(field_id: UUID) -> Response:
    made = queries.get_field(field_id)
    actions.archive_field(made, actor=actor())
    return web.go(_address(KINDS[made.kind]), f"{made.label} is archived. Its values are kept.")


@bp.post("/<uuid:field_id>/archive/delete")
@access.requires("fields.manage")
def restore_field(field_id: UUID) -> Response:
    made = queries.get_field(field_id)
    actions.restore_field(made, actor=actor())
    return web.go(_address(KINDS[made.kind]), f"{made.label} is back, with its values.")


def _kind() -> CustomKind:
    return queries.get_kind(request.values.get("of", "") or next(iter(KINDS)))


def _address(kind: CustomKind) -> str:
    return url_for("custom_fields.fields", of=kind.key)


def _show_list(kind: CustomKind) -> Response:
    listed = queries.list_fields(kind.key)
    return web.render(
        "custom_fields/list.html",
        "custom_fields/_fields.html",
        kind=kind,
        kinds=KINDS,
        fields=[one for one in listed if one.archived_at is None],
        archived=[one for one in listed if one.archived_at is not None],
        filled=queries.count_filled(kind),
        types=TYPES,
    )


def _show_form(form: forms.FieldForm, kind: CustomKind, made: CustomField | None = None, status: int = 200) -> Response:
    return web.render(
        "custom_fields/form.html",
        status=status,
        form=form,
        kind=kind,
        made=made,
        options=forms.typed_options(made),
        types=TYPES,
        once=request.form.get("once") or once.new_token(),
    )
