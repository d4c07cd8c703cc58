"""Custom fields.

/custom-fields  /custom-fields/{id}  .../archive  .../place
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.resources.doors import named, told_as
from app.api.schemas import custom as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.custom_fields import actions, definitions, queries
from app.engine.custom_fields.actions import FieldDetails
from app.engine.custom_fields.definitions import Definition
from app.engine.custom_fields.kinds import KINDS
from app.engine.custom_fields.models import CustomField

bp = Blueprint("Custom fields", "What the shop wants to know beyond what Rapport asks; values stand in each record.")

EXAMPLE = {"kind": "customer", "label": "Shirt size", "type": "choice", "options": [{"label": "M"}, {"label": "L"}]}
PLAIN = ("label", "type", "is_required", "is_unique", "is_sensitive", "is_searched", "heading", "help")


@bp.route("/custom-fields")
class CustomFields(MethodView):
    @bp.lists(shapes.CustomField, shapes.CustomFieldQuery)
    @access.signed_in
    def get(self, wanted: dict[str, Any]) -> Page[Definition]:
        """List the custom fields of records the key may read, in their order, all on one page"""
        kinds = [kind for kind in KINDS.values() if actor().can(kind.entity.permission)]
        rows = [one for kind in kinds if wanted["kind"] in ("", kind.key) for one in definitions.of(kind.key)]
        return Page(rows, None, None, len(rows))

    @bp.creates(shapes.CustomFieldIn, shapes.DefinedField, example=EXAMPLE)
    @access.requires("fields.manage")
    def post(self, values: dict[str, Any]) -> CustomField:
        """Give all records of a kind one more field"""
        kind = named("kind", lambda: queries.get_kind(values.pop("kind")))
        with told_as(more_options="options"):
            return actions.add_field(kind, _details(values), actor=actor())


@bp.route("/custom-fields/<uuid:field_id>")
class OneCustomField(MethodView):
    @bp.reads(shapes.DefinedField)
    @access.requires("fields.manage")
    def get(self, field_id: UUID) -> CustomField:
        """Read what is defined of a field, archived or not"""
        return queries.get_field(field_id)

    @bp.changes(shapes.CustomFieldChange, shapes.DefinedField, example={"help": "As on the tin."})
    @access.requires("fields.manage")
    def patch(self, values: dict[str, Any], field_id: UUID) -> CustomField:
        """Change some of what is defined of a field; its values stay"""
        made = versions.matching(queries.get_field(field_id))
        with told_as(more_options="options"):
            actions.edit_field(made, _details({**_present(made), **values}), actor=actor())
        return made


@bp.route("/custom-fields/<uuid:field_id>/archive")
class Archive(MethodView):
    @bp.does(shapes.DefinedField)
    @access.requires("fields.manage")
    def post(self, field_id: UUID) -> CustomField:
        """Show a field nowhere any more; its values are kept"""
        made = queries.get_field(field_id)
        actions.archive_field(made, actor=actor())
        return made

    @bp.does(shapes.DefinedField)
    @access.requires("fields.manage")
    def delete(self, field_id: UUID) -> CustomField:
        """Show it again, with the values it had"""
        made = queries.get_field(field_id)
        actions.restore_field(made, actor=actor())
        return made


@bp.route("/custom-fields/<uuid:field_id>/place")
class Place(MethodView):
    @bp.does(shapes.DefinedField, shapes.PlaceIn, example={"place": 0})
    @access.requires("fields.manage")
    def post(self, values: dict[str, Any], field_id: UUID) -> CustomField:
        """Put a field elsewhere among those of its kind"""
        made = queries.get_field(field_id)
        actions.move_field(made, values["place"], actor=actor())
        return made


def _details(values: dict[str, Any]) -> FieldDetails:
    options = [(one["key"], one["label"]) for one in values["options"]]
    return FieldDetails(**{**values, "options": options})


def _present(made: CustomField) -> dict[str, Any]:
    """What is defined of a field, as it is sent."""
    defined = actions.definition_of(made)
    return {
        **{name: getattr(made, name) for name in PLAIN},
        "options": [{"key": one.key, "label": one.label} for one in defined.offered],
        "initial": defined.type.typed(made.initial, defined) if made.initial is not None else "",
    }
