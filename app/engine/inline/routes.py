"""Fields edited in place.

GET  /records/<kind>/<id>/fields/<name>        the field as it is (fragment; else its record's page)
GET  /records/<kind>/<id>/fields/<name>/edit   its input, in place or as a page of its own
POST /records/<kind>/<id>/fields/<name>        save it
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.access import actor
from app.core.errors import Conflict, Invalid
from app.engine.changes import actions as changes
from app.engine.inline import queries
from app.engine.inline.sheets import Edited, get_edited

bp = Blueprint("inline", __name__)

CHANGED = "record-changed"


@bp.get("/records/<kind>/<uuid:record_id>/fields/<name>")
@access.signed_in
def field(kind: str, record_id: UUID, name: str) -> ResponseReturnValue:
    edited = get_edited(actor(), kind, record_id, name, to_edit=False)
    return _fact(edited) if web.wants_fragment() else web.go(edited.record.href)


@bp.get("/records/<kind>/<uuid:record_id>/fields/<name>/edit")
@access.signed_in
def edit_field(kind: str, record_id: UUID, name: str) -> ResponseReturnValue:
    edited = get_edited(actor(), kind, record_id, name)
    form = edited.form(actor())
    return _form(edited, form)


@bp.post("/records/<kind>/<uuid:record_id>/fields/<name>")
@access.signed_in
def save_field(kind: str, record_id: UUID, name: str) -> ResponseReturnValue:
    edited = get_edited(actor(), kind, record_id, name)
    form = edited.form(actor())
    change_set = changes.begin(f"Edited {edited.record.name}", kind="edit", actor=actor())
    try:
        edited.sheet.save(actor(), edited.row, form)
    except Invalid as refusal:
        sentences = refusal.errors.get(name) or [one for some in refusal.errors.values() for one in some]
        form[name].errors = list(dict.fromkeys([*form[name].errors, *sentences])) or [str(refusal)]
        return _form(edited, form, status=422)
    except Conflict as clash:
        if not clash.conflicts:
            raise
        return _form(edited.fresh(actor()), form, status=409, last=_last_change(edited))
    if not web.wants_fragment():
        return web.go(edited.record.href, "Saved.", undo=change_set.undo_path)
    answer = _fact(edited.fresh(actor()))
    if change_set.undo_path:
        web.toast(answer, f"{edited.fact.label} saved.", undo=change_set.undo_path)
        web.trigger(answer, **{CHANGED: {}})
    return answer


def _last_change(edited: Edited) -> queries.LastChange:
    return queries.last_change(edited.record.id, edited.sheet.column(edited.fact.name))


def _fact(edited: Edited) -> web.Response:
    return web.render("inline/_fact.html", fact=edited.fact, kind=edited.record.kind, record_id=edited.record.id)


def _form(edited: Edited, form: Any, *, status: int = 200, last: queries.LastChange | None = None) -> web.Response:
    """The input; with `last`, beside what that one saved meanwhile, which the next try may replace."""
    name = edited.fact.name
    now = edited.sheet.seen(edited.row)[name]
    return web.render(
        "inline/edit.html",
        "inline/_form.html",
        status=status,
        fact=edited.fact,
        kind=edited.record.kind,
        record_id=edited.record.id,
        record=edited.record,
        field=form[name],
        seen=now if last else request.form.get(f"seen_{name}", now),
        last=last,
    )
