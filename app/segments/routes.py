"""Pages about segments.

GET  /segments                 all of them
GET  /segments/new             form: ?where= whom it means
POST /segments                 make it and fill it
GET  /segments/<id>            who is in it: ?after=; who came and went
GET  /segments/<id>/edit       form; ?where= another filter
POST /segments/<id>            change it
POST /segments/<id>/refresh    refresh it now
POST /segments/<id>/deletion   remove it
"""

import json
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.filters import tree
from app.engine.filters.tree import BadFilter, Filter
from app.segments import actions, queries
from app.segments.forms import SegmentForm
from app.segments.models import MODES, Segment

bp = Blueprint("segments", __name__)


@bp.get("/segments")
@access.requires("segments.read")
def segments() -> ResponseReturnValue:
    listed = queries.list_segments()
    return web.render(
        "segments/list.html",
        segments=[(segment, _filter_of(segment)) for segment in listed],
        modes=MODES,
        can_edit=actor().can("segments.edit"),
    )


@bp.get("/segments/new")
@access.requires("segments.edit")
def new_segment() -> ResponseReturnValue:
    wanted = tree.read("customer", request.args.get("where") or {"all": []})
    if wanted.is_empty:
        return web.go("/filters/customer?next=/segments")
    return _form(SegmentForm(where=wanted.json), wanted)


@bp.post("/segments")
@access.requires("segments.edit")
def create_segment() -> ResponseReturnValue:
    form = SegmentForm()
    try:
        if form.validate_on_submit():
            segment = actions.create(form.read(), actor=actor())
            return web.go(f"/segments/{segment.segment_id}", "Segment made.")
    except BadFilter:
        raise
    except Invalid as refusal:
        _blame(form, refusal)
    return _form(form, tree.read("customer", form.where.data or {"all": []}), status=422)


@bp.get("/segments/<uuid:segment_id>")
@access.requires("segments.read")
def segment_page(segment_id: UUID) -> ResponseReturnValue:
    segment = queries.get_segment(segment_id)
    return web.render(
        "segments/show.html",
        segment=segment,
        where=_filter_of(segment),
        modes=MODES,
        page=queries.list_members(actor(), segment, request.args.get("after", "")),
        changes=queries.list_changes(actor(), segment),
        users=queries.list_users(segment),
        can_edit=actor().can("segments.edit"),
    )


@bp.get("/segments/<uuid:segment_id>/edit")
@access.requires("segments.edit")
def edit_segment(segment_id: UUID) -> ResponseReturnValue:
    segment = queries.get_segment(segment_id)
    wanted = tree.read("customer", request.args.get("where") or segment.tree)
    return _form(SegmentForm(obj=segment, where=wanted.json), wanted, segment)


@bp.post("/segments/<uuid:segment_id>")
@access.requires("segments.edit")
def change_segment(segment_id: UUID) -> ResponseReturnValue:
    segment, form = queries.get_segment(segment_id), SegmentForm()
    try:
        if form.validate_on_submit():
            actions.change(segment, form.read(), actor=actor())
            return web.go(f"/segments/{segment_id}", "Segment saved.")
    except BadFilter:
        raise
    except Invalid as refusal:
        _blame(form, refusal)
    return _form(form, tree.read("customer", form.where.data or {"all": []}), segment, status=422)


@bp.post("/segments/<uuid:segment_id>/refresh")
@access.requires("segments.edit")
def refresh_segment(segment_id: UUID) -> ResponseReturnValue:
    refreshed = actions.refresh(queries.get_segment(segment_id), actor=actor())
    told = f"{refreshed.entered:,} came, {refreshed.left:,} went." if refreshed else "That took too long."
    return web.go(f"/segments/{segment_id}", told)


@bp.post("/segments/<uuid:segment_id>/deletion")
@access.requires("segments.edit")
def delete_segment(segment_id: UUID) -> ResponseReturnValue:
    actions.remove(queries.get_segment(segment_id), actor=actor())
    return web.go("/segments", "Segment removed.")


def _filter_of(segment: Segment) -> Filter | None:
    """None for a filter about a field that is gone: the page says so, and the members stay."""
    try:
        return actions.filter_of(segment)
    except BadFilter:
        return None


def _blame(form: SegmentForm, refusal: Invalid) -> None:
    for name, sentences in refusal.errors.items():
        field = form[name] if name in ("name", "mode") else form.name
        field.errors = [*field.errors, *sentences]


def _form(
    form: SegmentForm, wanted: Filter, segment: Segment | None = None, *, status: int = 200
) -> ResponseReturnValue:
    here = f"/segments/{segment.segment_id}/edit" if segment else "/segments/new"
    return web.render(
        "segments/form.html",
        status=status,
        form=form,
        segment=segment,
        wanted=wanted,
        here=here,
        where=json.dumps(tree.write(wanted.root)),
    )
