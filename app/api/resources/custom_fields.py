"""Custom fields.

/custom-fields
"""

from typing import Any

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import custom as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.custom_fields import definitions
from app.engine.custom_fields.definitions import Definition
from app.engine.custom_fields.kinds import KINDS

bp = Blueprint("Custom fields", "What the shop wants to know beyond what Rapport asks; values stand in each record.")


@bp.route("/custom-fields")
class CustomFields(MethodView):
    @bp.lists(shapes.CustomField, shapes.CustomFieldQuery)
    @access.signed_in
    def get(self, wanted: dict[str, Any]) -> Page[Definition]:
        """List the custom fields of records the key may read, in their order, all on one page"""
        kinds = [kind for kind in KINDS.values() if actor().can(kind.entity.permission)]
        rows = [one for kind in kinds if wanted["kind"] in ("", kind.key) for one in definitions.of(kind.key)]
        return Page(rows, None, None, len(rows))
