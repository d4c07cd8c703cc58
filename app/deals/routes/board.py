"""The board.

GET  /deals/board                  columns with their first cards: ?pipeline= and the list's filter
GET  /deals/board/<stage>          one column behind ?after= (fragment)
POST /deals/board/<stage>/deals    add a deal on top of a column
POST /deals/<id>/place             put a card elsewhere: `stage`, `below`, `seen`
"""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from flask import Blueprint, Response, current_app, request
from werkzeug.datastructures import MultiDict

from app.core import access, money, web
from app.core.access import actor
from app.core.errors import Invalid
from app.deals import forms
from app.deals.actions import deals as actions
from app.deals.queries import board, pipelines
from app.deals.queries import deals as queries
from app.deals.routes.deals import narrowed_words
from app.engine.changes import actions as changes
from app.people import details

bp = Blueprint("deal_board", __name__)


@bp.get("/deals/board")
@access.requires("deals.read")
def show() -> Response:
    ways = pipelines.list_ways()
    wanted = forms.read_filter(request.args)
    way = pipelines.way_among(ways, wanted.pipeline_id) if ways else None
    return web.render(
        "deals/board.html",
        "deals/_board.html",
        way=way,
        ways=ways,
        lanes=board.read_board(actor(), way, wanted) if way else [],
        wanted=wanted,
        narrowed=[one for one in narrowed_words(wanted) if one[0] not in ("pipeline", "stage")],
        query=request.args.to_dict(flat=False),
        here=_here(),
        can_edit=actor().can("deals.edit"),
        can_arrange=actor().can("deals.arrange"),
        my_id=actor().id,
    )


@bp.get("/deals/board/<uuid:stage_id>")
@access.requires("deals.read")
def more(stage_id: UUID) -> Response:
    stage = pipelines.get_stage(stage_id)
    lane = board.read_lane(actor(), stage, forms.read_filter(request.args), request.args.get("after", ""))
    return web.render("deals/_more.html", lane=lane, here=_here(), can_edit=actor().can("deals.edit"))


@bp.post("/deals/board/<uuid:stage_id>/deals")
@access.requires("deals.edit")
def quick_add(stage_id: UUID) -> Response:
    stage = pipelines.get_stage(stage_id)
    currency = current_app.extensions["rapport"].currency
    typed = request.form.get("value", "").strip()
    added = actions.DealDetails(
        title=details.name(request.form.get("title", "")[: actions.LONGEST_TITLE * 2]),
        currency=currency,
        owner_id=actor().id,
        value_minor=money.parse(typed, currency) if typed else 0,
    )
    change_set = changes.begin(f"Added {added.title}", kind="add", actor=actor())
    deal = actions.create_deal(added, stage, actor=actor())
    if not web.wants_fragment():
        return web.go(
            web.safe_next(f"/deals/board?pipeline={stage.pipeline_id}"),
            f"{deal.title} was added.",
            undo=change_set.undo_path,
        )
    lane = board.read_lane(actor(), stage, _board_filter())
    response = web.render("deals/_lane.html", lane=lane, here=web.safe_next("/deals/board"), can_edit=True)
    return web.toast(response, f"{deal.title} was added.", undo=change_set.undo_path)


@bp.post("/deals/<uuid:deal_id>/place")
@access.requires("deals.edit")
def place(deal_id: UUID) -> Response:
    deal = queries.get_deal(actor(), deal_id)
    stage_id, below, seen = forms.ids_in([request.form.get(name, "") for name in ("stage", "below", "seen")])
    if stage_id is None:
        raise Invalid("Choose a stage.")
    before, stage = pipelines.get_stage(deal.stage_id), pipelines.get_stage(stage_id)
    change_set = changes.begin(f"Moved {deal.title} to {stage.name}", kind="move", actor=actor())
    actions.move_deal(deal, stage, actor=actor(), below=below, seen_stage_id=seen)
    sums = board.sum_stages(actor(), [before, stage], _board_filter(stage.pipeline_id))
    lanes = [board.Lane(one, sums.get(one.stage_id, ()), (), None) for one in {before, stage}]
    response = web.render("deals/_heads.html", lanes=lanes)
    moved = f"{deal.title} is in {stage.name}." if before is not stage else f"{deal.title} has another place."
    return web.toast(response, moved, undo=change_set.undo_path)


def _board_filter(pipeline_id: UUID | None = None) -> queries.DealFilter:
    """The filter of the board from which something is sent, as its address has it."""
    values = MultiDict(parse_qsl(urlsplit(web.safe_next("/deals/board")).query))
    wanted = forms.read_filter(values)
    return replace(wanted, pipeline_id=pipeline_id or wanted.pipeline_id, stage_id=None, state="open")


def _here() -> str:
    """The board's own address, to come back to."""
    board_args = [(key, value) for key, value in request.args.items(multi=True) if key != "after"]
    return "/deals/board" + (f"?{urlencode(board_args)}" if board_args else "")
