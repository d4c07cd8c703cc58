"""Pages about order in the data.

GET  /data-quality                              each field, and how much of it is in order
GET  /data-quality/<field>                      its codes with their rules, or its bands; what has none
POST /data-quality/<field>/rules                give a code to a text
POST /data-quality/<field>/rules/<id>/delete    take a rule away
POST /data-quality/<field>/codes/<key>          call a code otherwise
POST /data-quality/<field>/bands                change the bands
"""

from uuid import UUID

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.codes import actions, fields, forms, queries
from app.engine.codes.fields import STANDARDS, Standard
from app.engine.codes.models import HOW

bp = Blueprint("codes", __name__, url_prefix="/data-quality")


@bp.get("")
@access.requires("codes.edit")
def overview() -> ResponseReturnValue:
    return web.render("codes/list.html", found=queries.list_quality(STANDARDS.values()))


@bp.get("/<field>")
@access.requires("codes.edit")
def field_page(field: str) -> ResponseReturnValue:
    return _show(fields.get(field))


@bp.post("/<field>/rules")
@access.requires("codes.edit")
def add_rule(field: str) -> ResponseReturnValue:
    standard, form = fields.get(field), request.form
    try:
        actions.add_rule(
            standard, form.get("text", ""), form.get("label", ""), how=form.get("how", "exact"), actor=actor()
        )
    except Invalid as refusal:
        return _show(standard, refusal)
    return web.go(_address(standard), "Coded.")


@bp.post("/<field>/rules/<uuid:rule_id>/delete")
@access.requires("codes.edit")
def remove_rule(field: str, rule_id: UUID) -> ResponseReturnValue:
    standard = fields.get(field)
    actions.remove_rule(standard, rule_id, actor=actor())
    return web.go(_address(standard), "Rule removed.")


@bp.post("/<field>/codes/<key>")
@access.requires("codes.edit")
def rename_code(field: str, key: str) -> ResponseReturnValue:
    standard = fields.get(field)
    try:
        actions.rename_code(standard, key, request.form.get("label", ""), actor=actor())
    except Invalid as refusal:
        return _show(standard, refusal)
    return web.go(_address(standard), "Renamed.")


@bp.post("/<field>/bands")
@access.requires("codes.edit")
def set_bands(field: str) -> ResponseReturnValue:
    standard = fields.get(field)
    try:
        actions.set_bands(standard, forms.read_bands(request.form, standard.unit, _currency()), actor=actor())
    except Invalid as refusal:
        return _show(standard, refusal)
    return web.go(_address(standard), "Bands saved.")


def _show(standard: Standard, refusal: Invalid | None = None) -> ResponseReturnValue:
    problems = [sentence for found in refusal.errors.values() for sentence in found] if refusal else []
    return web.render(
        "codes/bands.html" if standard.is_banded else "codes/show.html",
        status=422 if refusal else 200,
        standard=standard,
        found=queries.list_quality([standard])[0],
        uncoded=queries.list_uncoded(standard),
        codes=fields.choices(standard),
        rules=queries.list_rules(standard),
        rows=forms.typed_bands(request.form) or forms.shown_bands(fields.spans(standard), standard.unit, _currency()),
        how=HOW,
        problems=problems or ([str(refusal)] if refusal else []),
    )


def _address(standard: Standard) -> str:
    return f"/data-quality/{standard.key}"


def _currency() -> str:
    return str(current_app.extensions["rapport"].currency)
