"""Tags, and what they are on.

/tags  /tags/{id}  .../merger  /records/{kind}/{id}/tags  .../{tag_id}
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.resources.doors import named
from app.api.schemas import tags as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.changes import actions as changes
from app.engine.records.kinds import get_record
from app.engine.tags import actions, queries
from app.engine.tags.models import Tag

bp = Blueprint("Tags", "Words on customers, companies, products and other records, to find them together again.")


@bp.route("/tags")
class Tags(MethodView):
    @bp.lists(shapes.Tag, shapes.TagQuery)
    @access.requires("tags.read")
    def get(self, wanted: dict[str, Any]) -> Page[Tag]:
        """List tags"""
        return queries.page_of_tags(
            sort=wanted["sort"], cursor=wanted["after"], size=wanted["limit"], words=wanted["q"]
        )


@bp.route("/tags/<uuid:tag_id>")
class OneTag(MethodView):
    @bp.reads(shapes.Tag)
    @access.requires("tags.read")
    def get(self, tag_id: UUID) -> Tag:
        """Read a tag"""
        return queries.get_tag(tag_id)

    @bp.changes(shapes.TagChange, shapes.Tag, example={"name": "Regular", "colour": 3})
    @access.requires("tags.edit")
    def patch(self, values: dict[str, Any], tag_id: UUID) -> Tag:
        """Call a tag otherwise, or give it another colour"""
        tag = versions.matching(queries.get_tag(tag_id))
        actions.change_tag(tag, **{"name": tag.name, "colour": tag.colour, **values}, actor=actor())
        return tag

    @bp.does(shapes.Tag)
    @access.requires("tags.edit")
    def delete(self, tag_id: UUID) -> Tag:
        """Take a tag off everything and forget it; it stands among the changes, with its undo"""
        tag = queries.get_tag(tag_id)
        changes.begin(f"Deleted the tag {tag.name}", kind="delete", actor=actor())
        actions.delete_tag(tag, actor=actor())
        return tag


@bp.route("/tags/<uuid:tag_id>/merger")
class TagMerger(MethodView):
    @bp.does(shapes.Tag, shapes.TagMergerIn, example={"into_id": IDS["other_tag_id"]})
    @access.requires("tags.edit")
    def post(self, values: dict[str, Any], tag_id: UUID) -> Tag:
        """Merge a tag into another one, which is the answer

        Everything that has it gets the other one; views and segments that ask for it ask for the other one.
        It stands among the changes, with its undo.
        """
        tag = queries.get_tag(tag_id)
        into = named("into_id", lambda: queries.get_tag(values["into_id"]))
        changes.begin(f"Merged the tag {tag.name}", kind="merge", actor=actor())
        actions.merge_tags(tag, into, actor=actor())
        return into


@bp.route("/records/<record_kind>/<uuid:record_id>/tags")
class TagsOfRecord(MethodView):
    @bp.lists(shapes.Tag)
    @access.requires("tags.read")
    def get(self, _wanted: dict[str, Any], record_kind: str, record_id: UUID) -> Page[Tag]:
        """List the tags of a record, all on one page"""
        record = get_record(actor(), record_kind, record_id)
        found = queries.tags_of(record.kind, record.id)
        return Page(found, None, None, len(found))

    @bp.creates(shapes.TagIn, shapes.Tag, example={"name": "VIP"}, at="/tags")
    @access.requires("tags.read")
    def post(self, values: dict[str, Any], record_kind: str, record_id: UUID) -> Tag:
        """Tag a record

        It takes the right to change the record. A tag of this name is made where there is none.
        """
        record = get_record(actor(), record_kind, record_id, to_edit=True)
        return actions.tag_record(record, values["name"], actor=actor())


@bp.route("/records/<record_kind>/<uuid:record_id>/tags/<uuid:tag_id>")
class TagOfRecord(MethodView):
    @bp.does(shapes.Tag)
    @access.requires("tags.read")
    def delete(self, record_kind: str, record_id: UUID, tag_id: UUID) -> Tag:
        """Take a tag off a record

        It takes the right to change the record.
        """
        record = get_record(actor(), record_kind, record_id, to_edit=True)
        tag = queries.get_tag(tag_id)
        actions.untag_record(record, tag, actor=actor())
        return tag
