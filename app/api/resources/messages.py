"""Message types, templates and their versions.

/message-types  /message-types/{id}  .../archive
/templates  /templates/{id}  .../archive  .../versions  /template-versions/{id}
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.schemas import messages as shapes
from app.core import access
from app.core.access import actor
from app.core.errors import Invalid
from app.core.paging import Page
from app.reach.messages import queries
from app.reach.messages.actions import templates, types
from app.reach.messages.actions.templates import TemplateDetails
from app.reach.messages.actions.types import TypeDetails
from app.reach.messages.models import MessageType, TemplateVersion
from app.reach.messages.queries import TemplateRow

bp = Blueprint("Messages", "Why people are written to, and the words, per channel and language, in numbered versions.")

TYPE = {"name": "Workshops", "purpose": "marketing", "lane": "bulk", "lives_minutes": 4320}
WORDS = {"in_app": {"en": {"title": "Hello {customer.first_name|there}", "body": "New lamps are here."}}}
OTHER_WORDS = {"in_app": {"en": {"title": "Hello {customer.first_name|there}", "body": "The new lamps are here."}}}


@bp.route("/message-types")
class MessageTypes(MethodView):
    @bp.lists(shapes.MessageType, shapes.TypesQuery)
    @access.requires("reach.read")
    def get(self, wanted: dict[str, Any]) -> Page[MessageType]:
        """List message types by name; with `state` archived those that were put away"""
        is_archived = wanted["state"] == "archived"
        return queries.page_of_types(is_archived=is_archived, cursor=wanted["after"], size=wanted["limit"])

    @bp.creates(shapes.TypeIn, shapes.MessageType, example=TYPE)
    @access.requires("reach.write")
    def post(self, values: dict[str, Any]) -> MessageType:
        """Add a message type"""
        return types.add_type(TypeDetails(**values), actor=actor())


@bp.route("/message-types/<uuid:message_type_id>")
class OneMessageType(MethodView):
    @bp.reads(shapes.MessageType)
    @access.requires("reach.read")
    def get(self, message_type_id: UUID) -> MessageType:
        """Read a message type, also one that was put away"""
        return queries.get_type(message_type_id)

    @bp.changes(shapes.TypeChange, shapes.MessageType, example={"name": "Workshops and talks"})
    @access.requires("reach.write")
    def patch(self, values: dict[str, Any], message_type_id: UUID) -> MessageType:
        """Change a message type; what is on its way keeps what held as it was launched"""
        found = versions.matching(queries.get_type(message_type_id))
        names = ("name", "purpose", "lane", "lives_minutes")
        before = {name: getattr(found, name) for name in names}
        types.change_type(found, TypeDetails(**{**before, **values}), actor=actor())
        return found


@bp.route("/message-types/<uuid:message_type_id>/archive")
class MessageTypeArchive(MethodView):
    @bp.does(shapes.MessageType)
    @access.requires("reach.write")
    def post(self, message_type_id: UUID) -> MessageType:
        """Put a message type away; its templates and what was sent of it stay"""
        found = queries.get_type(message_type_id)
        types.archive_type(found, actor=actor())
        return found

    @bp.does(shapes.MessageType)
    @access.requires("reach.write")
    def delete(self, message_type_id: UUID) -> MessageType:
        """Offer it again"""
        found = queries.get_type(message_type_id)
        types.bring_back_type(found, actor=actor())
        return found


@bp.route("/templates")
class Templates(MethodView):
    @bp.lists(shapes.Template, shapes.TemplatesQuery)
    @access.requires("reach.read")
    def get(self, wanted: dict[str, Any]) -> Page[TemplateRow]:
        """List templates with their present words; with `state` archived those that were put away"""
        return queries.page_of_templates(
            words=wanted["q"],
            message_type_id=wanted["message_type_id"],
            is_archived=wanted["state"] == "archived",
            sort=wanted["sort"],
            cursor=wanted["after"],
            size=wanted["limit"],
        )

    @bp.creates(
        shapes.TemplateIn,
        shapes.Template,
        example={"name": "New lamps", "message_type_id": IDS["message_type_id"], "contents": WORDS},
    )
    @access.requires("reach.write")
    def post(self, values: dict[str, Any]) -> TemplateRow:
        """Write a template; its words are version 1"""
        details = TemplateDetails(values["name"], values["message_type_id"])
        made = templates.create_template(details, values["contents"], comment=values["comment"], actor=actor())
        return queries.get_row(made.template_id)


@bp.route("/templates/<uuid:template_id>")
class OneTemplate(MethodView):
    @bp.reads(shapes.Template)
    @access.requires("reach.read")
    def get(self, template_id: UUID) -> TemplateRow:
        """Read a template with its present words, also one that was put away"""
        return queries.get_row(template_id)

    @bp.changes(shapes.TemplateChange, shapes.Template, example={"name": "Our new lamps"})
    @access.requires("reach.write")
    def patch(self, values: dict[str, Any], template_id: UUID) -> TemplateRow:
        """Call a template something else, or let it be of another type; its words are changed by a version"""
        found = versions.matching(queries.get_template(template_id))
        before = {"name": found.name, "message_type_id": found.message_type_id}
        templates.describe_template(found, TemplateDetails(**{**before, **values}), actor=actor())
        return queries.get_row(template_id)


@bp.route("/templates/<uuid:template_id>/archive")
class TemplateArchive(MethodView):
    @bp.does(shapes.Template)
    @access.requires("reach.write")
    def post(self, template_id: UUID) -> TemplateRow:
        """Put a template away; it stays readable with all its versions"""
        templates.archive_template(queries.get_template(template_id), actor=actor())
        return queries.get_row(template_id)

    @bp.does(shapes.Template)
    @access.requires("reach.write")
    def delete(self, template_id: UUID) -> TemplateRow:
        """Offer it again"""
        templates.bring_back_template(queries.get_template(template_id), actor=actor())
        return queries.get_row(template_id)


@bp.route("/templates/<uuid:template_id>/versions")
class Versions(MethodView):
    @bp.lists(shapes.TemplateVersion)
    @access.requires("reach.read")
    def get(self, wanted: dict[str, Any], template_id: UUID) -> Page[TemplateVersion]:
        """List the versions of a template, the newest first"""
        queries.get_template(template_id)
        page = queries.page_of_versions(template_id, cursor=wanted["after"], size=wanted["limit"])
        return Page([row.version for row in page.rows], page.next, page.previous, page.size)

    @bp.creates(
        shapes.VersionIn,
        shapes.TemplateVersion,
        example={"contents": OTHER_WORDS, "base_number": 1, "comment": "Said better"},
        at="/template-versions",
    )
    @access.requires("reach.write")
    def post(self, values: dict[str, Any], template_id: UUID) -> TemplateVersion:
        """Write other words, or let those of before hold again; the same words make no new version"""
        template = queries.get_template(template_id)
        if (values["contents"] is None) == (values["as_number"] is None):
            raise Invalid(errors={"contents": ["Give either contents or as_number."]})
        if values["as_number"] is not None:
            return templates.restore_version(template, values["as_number"], actor=actor())
        base, comment = values["base_number"], values["comment"]
        return templates.write_version(template, values["contents"], base=base, comment=comment, actor=actor())


@bp.route("/template-versions/<uuid:version_id>")
class OneVersion(MethodView):
    @bp.reads(shapes.TemplateVersion)
    @access.requires("reach.read")
    def get(self, version_id: UUID) -> TemplateVersion:
        """Read a version of a template; it is never changed"""
        return queries.get_version_by_id(version_id)
