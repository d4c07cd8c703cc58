"""Filters.

/filters/entities  /filters/validation  /filters/count  /filters/explanation
"""

from typing import Any

from flask import current_app
from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.schemas import filters as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.filters import queries, tree, words
from app.engine.filters.access import check, get_entity
from app.engine.filters.fields import ENTITIES, Entity, Field, collections_for
from app.engine.filters.memory import Verdict
from app.engine.filters.tree import Filter

bp = Blueprint("Filters", "Trees of conditions that say which records are meant. Lists take them as `where`.")

WHERE = {"all": [{"f": "country", "op": "in", "v": ["United Kingdom"]}]}
EXAMPLE = {"entity": "customer", "where": WHERE}


@bp.route("/filters/entities")
class Entities(MethodView):
    @bp.lists(shapes.Entity)
    @access.requires("filters.use")
    def get(self, _wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List what can be filtered and asked, all on one page"""
        known = [_entity(one) for one in ENTITIES.values() if actor().can(one.permission)]
        return Page(known, None, None, len(known))


def _entity(entity: Entity) -> dict[str, Any]:
    return {
        "key": entity.key,
        "label": entity.label,
        "fields_": [_field(one) for one in entity.fields.values()],
        "lists": [
            {"key": one.key, "label": one.label, "fields_": [_field(field) for field in one.fields.values()]}
            for one in collections_for(actor(), entity)
        ],
        "groups": [{"key": one.key, "label": one.label} for one in entity.memberships.values()],
    }


@bp.route("/filters/validation")
class Validation(MethodView):
    @bp.does(shapes.ReadFilter, shapes.FilterIn, example=EXAMPLE)
    @access.requires("filters.use")
    def post(self, values: dict[str, Any]) -> dict[str, Any]:
        """Check a filter, and have it said in words"""
        wanted = _read(values)
        return {
            "entity": wanted.entity.key,
            "where": tree.write(wanted.root),
            "words": words.sentence(wanted, _currency()),
            "sha256": wanted.sha256,
        }


@bp.route("/filters/count")
class Count(MethodView):
    @bp.does(shapes.Counted, shapes.FilterIn, example=EXAMPLE)
    @access.requires("filters.use")
    def post(self, values: dict[str, Any]) -> queries.Found:
        """Count the records that pass, with a few of them"""
        return queries.preview(actor(), _read(values))


@bp.route("/filters/explanation")
class Explanation(MethodView):
    @bp.does(shapes.Reason, shapes.ExplanationIn, example={**EXAMPLE, "id": IDS["customer_id"]})
    @access.requires("filters.use")
    def post(self, values: dict[str, Any]) -> dict[str, Any]:
        """Say why one record passes, or does not"""
        _sample, verdict = queries.explain(actor(), _read(values), values["id"])
        return _reason(verdict)


def _read(values: dict[str, Any]) -> Filter:
    get_entity(actor(), values["entity"])
    return check(actor(), tree.read(values["entity"], values["where"]))


def _reason(verdict: Verdict) -> dict[str, Any]:
    return {
        "holds": verdict.holds,
        "words": words.question(verdict.node, _currency()),
        "seen": words.seen(verdict, _currency()),
        "below": [_reason(one) for one in verdict.below],
    }


def _field(field: Field) -> dict[str, Any]:
    questions = [{"op": one.key, "label": one.label, "takes": one.takes} for one in field.questions.values()]
    return {"key": field.key, "label": field.label, "type": field.type, "questions": questions}


def _currency() -> str:
    currency: str = current_app.extensions["rapport"].currency
    return currency
