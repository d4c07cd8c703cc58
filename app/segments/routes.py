"""Pages about segments.

GET  /segments                       all of them
GET  /segments/new                   form: ?where= whom it means, or ?people= (repeated) who is in it; ?name=
POST /segments                       make it and fill it
GET  /segments/<id>                  who is in it: ?after=; who came and went
GET  /segments/<id>/edit             form; ?where= another filter
POST /segments/<id>                  change it
POST /segments/<id>/refresh          refresh it now
POST /segments/<id>/copies           keep today's members under a name of their own
POST /segments/<id>/members          put in more by hand: people (repeated)
POST /segments/<id>/members/removal  take some out by hand: people (repeated)
POST /segments/<id>/deletion         remove it
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
from app.engine.views import queries as views
from app.segments import actions, queries
from app.segments.actions import LONGEST_NAME
from app.segments.forms import NOBODY_SAID, SegmentForm, read_ids
from app.segments.membership import filter_of
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
    people = read_ids(request.args.getlist("people"))
    wanted = tree.read("customer", request.args.get("where") or NOBODY_SAID)
    if wanted.is_empty and not people:
        return web.go("/filters/customer?next=/segments")
    name = request.args.get("name", "")[:LONGEST_NAME]
    return _form(SegmentForm(name=name, where=wanted.json, people=",".join(map(str, people))), wanted)


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
    return _form(form, tree.read("customer", form.where.data or NOBODY_SAID), status=422)


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
        changes=queries.list_changes(actor(), segment).rows,
        users=queries.list_users(segment),
        views=views.list_asking(actor(), str(segment_id)),
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
    return _form(form, tree.read("customer", form.where.data or NOBODY_SAID), segment, status=422)


@bp.post("/segments/<uuid:segment_id>/refresh")
@access.requires("segments.edit")
def refresh_segment(segment_id: UUID) -> ResponseReturnValue:
    refreshed = actions.refresh(queries.get_segment(segment_id), actor=actor())
    told = f"{refreshed.entered:,} came, {refreshed.left:,} went." if refreshed else "It could not be counted."
    return web.go(f"/segments/{segment_id}", told)


@bp.post("/segments/<uuid:segment_id>/copies")
@access.requires("segments.edit")
def copy_segment(segment_id: UUID) -> ResponseReturnValue:
    kept = actions.copy(queries.get_segment(segment_id), actor=actor())
    return web.go(f"/segments/{kept.segment_id}", "These members are kept.")


@bp.post("/segments/<uuid:segment_id>/members")
@access.requires("segments.edit")
def add_members(segment_id: UUID) -> ResponseReturnValue:
    segment = queries.get_segment(segment_id)
    added = actions.add_members(segment, read_ids(request.form.getlist("people")), actor=actor())
    told = f"{added:,} added to “{segment.name}”." if added else f"Already in “{segment.name}”."
    return web.go(web.safe_next(f"/segments/{segment_id}"), told)


@bp.post("/segments/<uuid:segment_id>/members/removal")
@access.requires("segments.edit")
def remove_members(segment_id: UUID) -> ResponseReturnValue:
    segment = queries.get_segment(segment_id)
    removed = actions.remove_members(segment, read_ids(request.form.getlist("people")), actor=actor())
    return web.go(web.safe_next(f"/segments/{segment_id}"), f"{removed:,} taken out of “{segment.name}”.")


@bp.post("/segments/<uuid:segment_id>/deletion")
@access.requires("segments.edit")
def delete_segment(segment_id: UUID) -> ResponseReturnValue:
    actions.remove(queries.get_segment(segment_id), actor=actor())
    return web.go("/segments", "Segment removed.")


def _filter_of(segment: Segment) -> Filter | None:
    """None for a filter about a field that is gone: the page says so, and the members stay."""
    try:
        return filter_of(segment)
    except BadFilter:
        return None


def _blame(form: SegmentForm, refusal: Invalid) -> None:
    for name, sentences in refusal.errors.items():
        field = form[name] if name in ("name", "mode", "on_stale") else form.name
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
        asks_segments=bool(actions.segments_asked(wanted)),
        by_hand=queries.list_by_hand() if form.people.data and segment is None else [],
        chosen=[one for one in (form.people.data or "").split(",") if one],
        where=json.dumps(tree.write(wanted.root)),
    )
