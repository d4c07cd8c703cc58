"""Pages about RFM.

GET  /segments/rfm          the grid and the named groups: ?as_of= a day
POST /segments/rfm/count    count a large grid anew
GET  /segments/rfm/breaks   form: ?proposed=1 with what the data proposes
POST /segments/rfm/breaks   set them
"""

from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.answers import actions as answers
from app.engine.filters import tree
from app.segments.rfm import actions, queries
from app.segments.rfm.forms import BreaksForm
from app.segments.rfm.named import cell_tree

bp = Blueprint("rfm", __name__)


@bp.get("/segments/rfm")
@access.requires("segments.read")
def grid() -> ResponseReturnValue:
    day = _day()
    as_of = queries.read_as_of(day)
    asked = queries.question(as_of)
    found = queries.find_grid(as_of, asked)
    answers.refresh(asked, found.answer if found else None)
    is_empty = found is not None and not found.total.customers
    return web.render(
        "segments/rfm.html",
        grid=found,
        as_of=as_of,
        groups=[(named, total, tree.read("customer", named.tree(found.breaks, as_of))) for named, total in found.groups]
        if found
        else [],
        cells={key: tree.read("customer", cell_tree(found.breaks, as_of, *key)).json for key in found.cells}
        if found
        else {},
        last_sale_on=queries.last_purchase_on(as_of) if is_empty else None,
        currency=queries.currency(),
        can_edit=actor().can("segments.edit"),
        shows_money=actor().can("transactions.read"),
    )


@bp.post("/segments/rfm/count")
@access.requires("segments.edit")
def count_again() -> ResponseReturnValue:
    day = _day()
    answers.ask(queries.question(queries.read_as_of(day)))
    address = "/segments/rfm" + (f"?{urlencode({'as_of': day})}" if day else "")
    return web.go(address, "It is being counted. Look again in a minute.")


@bp.get("/segments/rfm/breaks")
@access.requires("segments.edit")
def edit_breaks() -> ResponseReturnValue:
    form, day, present = BreaksForm(), _day(), queries.present_breaks()
    proposed = queries.propose(present, queries.read_as_of(day)) if "proposed" in request.args else None
    form.show(proposed or present, queries.currency())
    return _form(form, is_proposed=proposed is not None)


@bp.post("/segments/rfm/breaks")
@access.requires("segments.edit")
def set_breaks() -> ResponseReturnValue:
    form = BreaksForm()
    try:
        if form.validate_on_submit():
            actions.set_breaks(form.read(queries.currency()), actor=actor())
            return web.go("/segments/rfm", "Breaks set.")
    except Invalid as refusal:
        form.blame(refusal)
    return _form(form, is_proposed=False, status=422)


def _form(form: BreaksForm, *, is_proposed: bool, status: int = 200) -> ResponseReturnValue:
    return web.render(
        "segments/rfm_breaks.html",
        status=status,
        form=form,
        day=_day(),
        asked="proposed" in request.args,
        is_proposed=is_proposed,
        currency=queries.currency(),
    )


def _day() -> date | None:
    """The day to look from; None for the present. Raises: Invalid."""
    text = request.values.get("as_of", "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 1990 <= day.year <= 2199:
        raise Invalid("Choose a day such as 2026-01-31.")
    return day
