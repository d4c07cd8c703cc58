"""Pages about suggested segments.

GET  /segments/suggestions   the groups found last, and how a run stands
POST /segments/suggestions   look for groups: as_of= a day
"""

from datetime import date
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.filters import tree
from app.engine.filters.tree import BadFilter, Filter
from app.segments.rfm.queries import currency
from app.segments.suggestions import actions, names, queries
from app.segments.suggestions.features import BY_KEY
from app.segments.suggestions.models import Suggestion

bp = Blueprint("suggestions", __name__)


@bp.get("/segments/suggestions")
@access.requires("segments.read")
def suggestions() -> ResponseReturnValue:
    run, latest = queries.find_last_done(), queries.find_latest()
    return web.render(
        "segments/suggestions.html",
        "segments/_suggestions.html",
        run=run,
        latest=latest,
        cards=[_card(one) for one in run.suggestions] if run else [],
        quality=names.quality(run.silhouette or 0.0) if run else "",
        currency=currency(),
        can_edit=actor().can("segments.edit"),
        shows_money=actor().can("transactions.read"),
    )


@bp.post("/segments/suggestions")
@access.requires("segments.edit")
def start() -> ResponseReturnValue:
    text = request.form.get("as_of", "")
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("Choose a day such as 2026-01-31.") from None
    actions.start(day, actor=actor())
    return web.go("/segments/suggestions", "Looking for groups. This page shows them when they are found.")


def _card(suggestion: Suggestion) -> dict[str, Any]:
    reasons = [{**reason, "feature": BY_KEY[reason["key"]]} for reason in suggestion.reasons if reason["key"] in BY_KEY]
    return {"suggestion": suggestion, "reasons": reasons, "where": _filter_of(suggestion)}


def _filter_of(suggestion: Suggestion) -> Filter | None:
    """None for a rule about something that can no longer be asked."""
    try:
        return tree.read("customer", suggestion.tree)
    except BadFilter:
        return None
