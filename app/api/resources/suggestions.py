"""Suggested segments.

/segment-suggestions  /suggestion-runs  /suggestion-runs/{id}
"""

from datetime import date
from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import suggestions as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.segments.suggestions import actions, queries
from app.segments.suggestions.features import BY_KEY
from app.segments.suggestions.models import Suggestion, SuggestionRun

bp = Blueprint("Suggestions", "Groups found in what customers do, with reasons and a filter for each.")

PLAIN = ("suggestion_id", "origin_id", "run_id", "name", "customer_count", "tree", "rule_count", "precision", "recall")


@bp.route("/segment-suggestions")
class Suggestions(MethodView):
    @bp.lists(shapes.SegmentSuggestion)
    @access.requires("segments.read")
    def get(self, _wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List the groups found last, the largest first, all on one page"""
        found = [_shown(one) for one in queries.list_suggestions()]
        return Page(found, None, None, len(found))


def _shown(suggestion: Suggestion) -> dict[str, Any]:
    sees_money = actor().can("transactions.read")
    return {
        **{name: getattr(suggestion, name) for name in PLAIN},
        "money_share": suggestion.money_share if sees_money else None,
        "reasons": [
            {**reason, "label": BY_KEY[reason["key"]].label}
            for reason in suggestion.reasons
            if sees_money and reason["key"] in BY_KEY
        ],
    }


@bp.route("/suggestion-runs")
class Runs(MethodView):
    @bp.lists(shapes.SuggestionRun)
    @access.requires("segments.read")
    def get(self, wanted: dict[str, Any]) -> Page[SuggestionRun]:
        """List the runs that looked for groups, the newest first"""
        return queries.page_of_runs(wanted["after"], wanted["limit"])

    @bp.creates(shapes.SuggestionRunIn, shapes.SuggestionRun, example={"as_of": "2026-11-01"})
    @access.requires("segments.edit")
    def post(self, values: dict[str, date | None]) -> SuggestionRun:
        """Look for groups; while a run does, that is the one"""
        return actions.start(values["as_of"], actor=actor())


@bp.route("/suggestion-runs/<uuid:run_id>")
class OneRun(MethodView):
    @bp.reads(shapes.SuggestionRun)
    @access.requires("segments.read")
    def get(self, run_id: UUID) -> SuggestionRun:
        """Read how a run stands"""
        return queries.get_run(run_id)
