"""Codes and bands.

/code-fields  .../{code_field}/uncoded-texts  .../rules  .../rules/{id}  .../{band_field}/bands
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import codes as shapes
from app.core import access
from app.core.access import actor
from app.core.errors import NotFound
from app.core.paging import Page
from app.engine.codes import actions, fields, queries
from app.engine.codes.models import CodeRule

bp = Blueprint("Codes", "What is typed and measured, put in order by codes and bands of the shop’s own.")

EXAMPLE = {"text": "newsletter", "how": "contains", "label": "Mail"}
BANDS = {"bands": [{"floor": 0, "label": "Little"}, {"floor": 50_000, "label": "Much"}]}


@bp.route("/code-fields")
class CodeFields(MethodView):
    @bp.lists(shapes.CodeField)
    @access.requires("codes.edit")
    def get(self, _wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List what can be coded or banded, and how much of it is, all on one page"""
        rows = [_field(found) for found in queries.list_quality(fields.STANDARDS.values())]
        return Page(rows, None, None, len(rows))


def _field(found: queries.Quality) -> dict[str, Any]:
    codes = [
        {"key": key, "label": label, "rows": found.by_code.get(key, 0)} for key, label in fields.choices(found.standard)
    ]
    standard = found.standard
    about = {"field": standard.key, "label": standard.label, "filter_field": standard.filter_key, "unit": standard.unit}
    return {**vars(found), **about, "uncoded_share": found.uncoded_share, "codes": codes}


@bp.route("/code-fields/<code_field>/uncoded-texts")
class UncodedTexts(MethodView):
    @bp.lists(shapes.UncodedText)
    @access.requires("codes.edit")
    def get(self, wanted: dict[str, Any], code_field: str) -> Page[queries.Uncoded]:
        """List the most frequent texts without a code, as many as `limit` says"""
        rows = queries.list_uncoded(fields.get(code_field), wanted["limit"])
        return Page(rows, None, None, wanted["limit"])


@bp.route("/code-fields/<code_field>/rules")
class CodeRules(MethodView):
    @bp.lists(shapes.CodeRule)
    @access.requires("codes.edit")
    def get(self, _wanted: dict[str, Any], code_field: str) -> Page[CodeRule]:
        """List the rules of a field, all on one page"""
        rules = queries.list_rules(fields.get(code_field))
        return Page(rules, None, None, len(rules))

    @bp.creates(shapes.CodeRuleIn, shapes.CodeRule, example=EXAMPLE)
    @access.requires("codes.edit")
    def post(self, values: dict[str, Any], code_field: str) -> CodeRule:
        """Give a code to texts, and make the code when there is none of this name

        A rule with the same text is changed.
        """
        return actions.add_rule(
            fields.get(code_field), values["text"], values["label"], how=values["how"], actor=actor()
        )


@bp.route("/code-fields/<code_field>/rules/<uuid:rule_id>")
class OneCodeRule(MethodView):
    @bp.does(shapes.CodeRule)
    @access.requires("codes.edit")
    def delete(self, code_field: str, rule_id: UUID) -> CodeRule:
        """Take a rule away, and with the last one of a code the code"""
        standard = fields.get(code_field)
        rule = queries.find_rule(standard, rule_id)
        if rule is None:
            raise NotFound
        actions.remove_rule(standard, rule_id, actor=actor())
        return rule


@bp.route("/code-fields/<band_field>/bands")
class Bands(MethodView):
    @bp.does(shapes.Bands, shapes.BandsIn, example=BANDS)
    @access.requires("codes.edit")
    def post(self, values: dict[str, Any], band_field: str) -> dict[str, Any]:
        """Set the bands of a number; none brings the usual ones back"""
        standard = fields.get(band_field)
        actions.set_bands(standard, [(one["floor"], one["label"]) for one in values["bands"]], actor=actor())
        return {"bands": fields.spans(standard)}
