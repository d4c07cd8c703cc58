"""The builder, for every list and segment.

GET  /filters/<entity>             the builder alone: ?where= the tree to begin with, ?next= where it is used
POST /filters/<entity>             one change of the draft, or "show": on to the list with the filter in its address
GET  /filters/<entity>/found       how many pass ?where=, and some of them (fragment)
GET  /filters/<entity>/why/<id>    why one row passes, or does not
"""

from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.access import actor
from app.engine.filters import queries, tree, words
from app.engine.filters.access import check, get_entity
from app.engine.filters.builder.drafts import KINDS_OF_GROUP, Draft
from app.engine.filters.builder.finishing import finish
from app.engine.filters.builder.opening import open_filter
from app.engine.filters.builder.reading import read
from app.engine.filters.fields import collections_for
from app.engine.filters.tree import BadFilter, Filter

bp = Blueprint("filters", __name__)

LONGEST_ADDRESS = 1_500


@bp.get("/filters/<key>")
@access.requires("filters.use")
def show_builder(key: str) -> ResponseReturnValue:
    entity = get_entity(actor(), key)
    wanted = check(actor(), tree.read(key, request.args.get("where") or {"all": []}))
    return _show(open_filter(wanted, _currency()), wanted, web.safe_next(entity.url))


@bp.post("/filters/<key>")
@access.requires("filters.use")
def change_draft(key: str) -> ResponseReturnValue:
    entity = get_entity(actor(), key)
    back = web.safe_next(entity.url)
    draft = read(entity, request.form, _currency())
    what = request.form.get("do", "")
    try:
        draft.change(what)
        wanted = check(actor(), finish(draft, strict=what == "show"))
        if what == "show":
            return web.go(address_with(back, wanted))
    except BadFilter as refusal:
        return _show(draft, tree.everything(key), back, problem=refusal.sentence, status=422)
    return _show(draft, wanted, back)


@bp.get("/filters/<key>/found")
@access.requires("filters.use")
def found(key: str) -> ResponseReturnValue:
    get_entity(actor(), key)
    wanted = check(actor(), tree.read(key, request.args.get("where", "")))
    return web.render(
        "filters/found.html", "filters/_found.html", found=queries.preview(actor(), wanted), wanted=wanted
    )


@bp.get("/filters/<key>/why/<uuid:row_id>")
@access.requires("filters.use")
def why(key: str, row_id: UUID) -> ResponseReturnValue:
    get_entity(actor(), key)
    wanted = check(actor(), tree.read(key, request.args.get("where", "")))
    sample, verdict = queries.explain(actor(), wanted, row_id)
    return web.render(
        "filters/why.html",
        "filters/_why.html",
        sample=sample,
        verdict=verdict,
        question=lambda node: words.question(node, _currency()),
        seen=lambda one: words.seen(one, _currency()),
    )


def address_with(back: str, wanted: Filter) -> str:
    """A list's address with a filter in it, from its first page. Raises: BadFilter for one that no address can hold."""
    parts = urlsplit(back)
    kept = [(key, value) for key, value in parse_qsl(parts.query) if key not in ("where", "after", "before", "filter")]
    if not wanted.is_empty:
        kept.append(("where", wanted.json))
    address = f"{parts.path}?{urlencode(kept)}" if kept else parts.path
    if len(address) > LONGEST_ADDRESS:
        raise BadFilter("This filter is too long for an address. Ask for less in one list.")
    return address


def _show(draft: Draft, wanted: Filter, back: str, *, problem: str = "", status: int = 200) -> ResponseReturnValue:
    return web.render(
        "filters/build.html",
        "filters/_builder.html",
        status=200 if web.wants_fragment() else status,
        draft=draft,
        wanted=wanted,
        uses=[use for use in draft.entity.uses.values() if actor().can(use.permission)],
        group_kinds=KINDS_OF_GROUP,
        collections=collections_for(actor(), draft.entity),
        sentence=words.sentence(wanted, _currency()),
        found=None if web.wants_fragment() else queries.preview(actor(), wanted),
        back=back,
        problem=problem,
    )


def _currency() -> str:
    currency: str = current_app.extensions["rapport"].currency
    return currency
