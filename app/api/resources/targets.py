"""Response targets.

/response-targets  /response-targets/{id}
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import targets as shapes
from app.conversations.targets import actions, queries
from app.conversations.targets.models import TargetPolicy
from app.core import access
from app.core.access import actor
from app.core.paging import Page

bp = Blueprint("Response targets", "How soon the shop means to answer, in opening time, by priority.")

EXAMPLE = {"least_priority": 1, "first_seconds": 900, "next_seconds": 1800, "resolution_seconds": 28800}


@bp.route("/response-targets")
class Policies(MethodView):
    @bp.lists(shapes.TargetPolicy)
    @access.requires("targets.edit")
    def get(self, _wanted: dict[str, Any]) -> Page[TargetPolicy]:
        """List the targets, the most urgent first, all on one page"""
        found = queries.list_policies()
        return Page(found, None, None, len(found))

    @bp.creates(shapes.TargetPolicyIn, shapes.TargetPolicy, example=EXAMPLE)
    @access.requires("targets.edit")
    def post(self, values: dict[str, Any]) -> TargetPolicy:
        """Set the targets of a priority"""
        return _save(None, values)


@bp.route("/response-targets/<uuid:policy_id>")
class OnePolicy(MethodView):
    @bp.reads(shapes.TargetPolicy)
    @access.requires("targets.edit")
    def get(self, policy_id: UUID) -> TargetPolicy:
        """Read the targets of a priority"""
        return queries.get_policy(policy_id)

    @bp.does(shapes.TargetPolicy, shapes.TargetPolicyIn, example=EXAMPLE)
    @access.requires("targets.edit")
    def post(self, values: dict[str, Any], policy_id: UUID) -> TargetPolicy:
        """Change targets, for what waits now, too"""
        return _save(queries.get_policy(policy_id), values)

    @bp.does(shapes.TargetPolicy)
    @access.requires("targets.edit")
    def delete(self, policy_id: UUID) -> TargetPolicy:
        """Have these targets no more"""
        policy = queries.get_policy(policy_id)
        actions.remove_policy(policy, actor=actor())
        return policy


def _save(policy: TargetPolicy | None, values: dict[str, Any]) -> TargetPolicy:
    targets = {kind: values[f"{kind}_seconds"] for kind in queries.KINDS}
    scope = {"least_priority": values["least_priority"], "tag_id": values["tag_id"]}
    return actions.save_policy(policy, **scope, targets=targets, actor=actor())
