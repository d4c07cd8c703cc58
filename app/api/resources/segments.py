"""Segments.

/segments  /segments/{id}  .../members  .../members/{id}  .../changes  .../refreshes  .../copies
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.schemas import people
from app.api.schemas import segments as shapes
from app.core import access
from app.core.access import actor
from app.core.errors import NotFound
from app.core.paging import Page
from app.people.models import Customer
from app.segments import actions, queries
from app.segments.actions import SegmentDetails
from app.segments.models import Segment

bp = Blueprint("Segments", "Groups of customers that follow a filter, with who is in them and who came and went.")

EXAMPLE = {"name": "In Norway", "where": {"f": "country", "op": "in", "v": ["Norway"]}}


@bp.route("/segments")
class Segments(MethodView):
    @bp.lists(shapes.Segment)
    @access.requires("segments.read")
    def get(self, wanted: dict[str, Any]) -> Page[Segment]:
        """List segments by name"""
        return queries.page_of_segments(wanted["after"], wanted["limit"])

    @bp.creates(shapes.NewSegment, shapes.Segment, example=EXAMPLE)
    @access.requires("segments.edit")
    def post(self, values: dict[str, Any]) -> Segment:
        """Make a segment and fill it"""
        return actions.create(SegmentDetails(**values), actor=actor())


@bp.route("/segments/<uuid:segment_id>")
class OneSegment(MethodView):
    @bp.reads(shapes.Segment)
    @access.requires("segments.read")
    def get(self, segment_id: UUID) -> Segment:
        """Read a segment’s filter, and how it stands"""
        return queries.get_segment(segment_id)

    @bp.changes(shapes.SegmentIn, shapes.Segment, example={"name": "Norwegians"})
    @access.requires("segments.edit")
    def patch(self, values: dict[str, Any], segment_id: UUID) -> Segment:
        """Rename a segment, or let it mean others"""
        segment = versions.matching(queries.get_segment(segment_id))
        present = {
            "name": segment.name,
            "where": segment.tree,
            "mode": segment.mode,
            "on_stale": segment.on_stale,
        }
        actions.change(segment, SegmentDetails(**{**present, **values}), actor=actor())
        return segment

    @bp.does(shapes.Segment)
    @access.requires("segments.edit")
    def delete(self, segment_id: UUID) -> Segment:
        """Remove a segment that no other one asks about"""
        segment = queries.get_segment(segment_id)
        actions.remove(segment, actor=actor())
        return segment


@bp.route("/segments/<uuid:segment_id>/members")
class Members(MethodView):
    @bp.lists(people.Customer)
    @access.requires("segments.read")
    def get(self, wanted: dict[str, Any], segment_id: UUID) -> Page[Customer]:
        """List who is in a segment, by name"""
        return queries.list_members(actor(), queries.get_segment(segment_id), wanted["after"], wanted["limit"])

    @bp.does(shapes.Segment, shapes.MembersIn, example={"customer_ids": [IDS["customer_id"]]})
    @access.requires("segments.edit")
    def post(self, values: dict[str, Any], segment_id: UUID) -> Segment:
        """Put customers into a segment that is made by hand"""
        segment = queries.get_segment(segment_id)
        actions.add_members(segment, values["customer_ids"], actor=actor())
        return segment


@bp.route("/segments/<uuid:segment_id>/members/<uuid:customer_id>")
class OneMember(MethodView):
    @bp.does(shapes.Segment)
    @access.requires("segments.edit")
    def delete(self, segment_id: UUID, customer_id: UUID) -> Segment:
        """Take a customer out of a segment that is made by hand"""
        segment = queries.get_segment(segment_id)
        if not actions.remove_members(segment, [customer_id], actor=actor()):
            raise NotFound
        return segment


@bp.route("/segments/<uuid:segment_id>/copies")
class Copies(MethodView):
    @bp.creates(shapes.CopyIn, shapes.Segment, example={"name": "Norwegians of today"}, at="/segments")
    @access.requires("segments.edit")
    def post(self, values: dict[str, Any], segment_id: UUID) -> Segment:
        """Keep today’s members as a segment that stays"""
        return actions.copy(queries.get_segment(segment_id), name=values["name"], actor=actor())


@bp.route("/segments/<uuid:segment_id>/changes")
class Changes(MethodView):
    @bp.lists(shapes.SegmentChange)
    @access.requires("segments.read")
    def get(self, wanted: dict[str, Any], segment_id: UUID) -> Page[queries.ChangeRow]:
        """List who came and went, the latest first"""
        return queries.list_changes(actor(), queries.get_segment(segment_id), wanted["after"], wanted["limit"])


@bp.route("/segments/<uuid:segment_id>/refreshes")
class Refreshes(MethodView):
    @bp.does(shapes.Segment)
    @access.requires("segments.edit")
    def post(self, segment_id: UUID) -> Segment:
        """Bring the members in line with the filter now"""
        segment = queries.get_segment(segment_id)
        actions.refresh(segment, actor=actor())
        return segment
