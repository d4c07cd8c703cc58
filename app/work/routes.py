"""Pages for working through lists.

GET  /work                         runs to go on with, and those that ended
GET  /work/new                     ?list= ?query=: how many there are, and who is at it already
POST /work                         begin
GET  /work/<run>                   the record one is at, or the next
GET  /work/<run>/<position>        one that was decided about, to look again
POST /work/<run>/<position>        decide: done, skipped, snoozed; or `outcome` note, call: write it down and stay
POST /work/<run>/release           leave it for now
POST /work/<run>/end               nothing more is done about the rest
"""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, request
from werkzeug.datastructures import MultiDict

from app.conversations.actions import messages
from app.core import access, web
from app.core.access import actor
from app.core.clock import now
from app.core.errors import Invalid
from app.engine.changes import actions as changes
from app.engine.filters.forms import read_where
from app.engine.filters.words import sentence
from app.engine.notes import actions as notes
from app.engine.notes.access import may_write
from app.engine.records import kinds as records
from app.engine.records.kinds import KINDS, Record
from app.people import queries as people
from app.tasks import queries as tasks
from app.tasks.moments import zone_of
from app.work import actions, essentials, forms, queries
from app.work.models import OUTCOMES, WorkRun, WorkStep

bp = Blueprint("work", __name__, url_prefix="/work")

WORDS = {"done": "Done", "skipped": "Skipped", "snoozed": "Put off"}


@bp.get("")
@access.requires("work.run")
def runs() -> Response:
    open_ones = queries.list_unfinished(actor())
    return web.render("work/list.html", open_runs=open_ones, finished=queries.list_finished(actor()), me_id=actor().id)


@bp.get("/new")
@access.requires("work.run")
def new_run() -> Response:
    path, query = forms.read_list()
    listing = queries.find_listing(actor(), path)
    query = queries.state_of(query)
    count = queries.count_rows(actor(), listing, query, actions.MOST_STEPS)
    return web.render(
        "work/new.html",
        listing=listing,
        query=query,
        count=count,
        most=actions.MOST_STEPS,
        name=_name_of(listing.kind, path, query),
        going=queries.list_unfinished(actor(), path, query),
        me_id=actor().id,
    )


@bp.post("")
@access.requires("work.run")
def begin() -> Response:
    path, query = forms.read_list()
    listing = queries.find_listing(actor(), path)
    is_shared = request.form.get("is_shared") == "yes"
    run = actions.begin(listing, queries.state_of(query), forms.read_name(), is_shared=is_shared, actor=actor())
    return web.go(run.path)


@bp.get("/<uuid:run_id>")
@access.requires("work.run")
def work(run_id: UUID) -> Response:
    run = queries.get_run(actor(), run_id)
    taken = actions.take(run, actor=actor())
    if taken is None:
        return web.render("work/end.html", run=run, progress=_progress(run), is_open=queries.is_open(run))
    return _show(run, *taken)


@bp.get("/<uuid:run_id>/<int:position>")
@access.requires("work.run")
def step(run_id: UUID, position: int) -> Response:
    run = queries.get_run(actor(), run_id)
    found = queries.get_step(run, position)
    return _show(run, found, records.get_record(actor(), run.record_kind, found.record_id))


@bp.post("/<uuid:run_id>/<int:position>")
@access.requires("work.run")
def decide(run_id: UUID, position: int) -> Response:
    run = queries.get_run(actor(), run_id)
    found = queries.get_step(run, position)
    record = records.get_record(actor(), run.record_kind, found.record_id)
    outcome, note = request.form.get("outcome", ""), forms.read_note()
    here = run.path if found.state == "held" else f"{run.path}/{position}"
    words = WORDS.get(outcome, "Wrote about")
    change_set = changes.begin(f"{words}: {record.name}", kind="work", actor=actor())
    try:
        written = _write_down(record, note, is_call=outcome == "call")
        if outcome in OUTCOMES:
            actions.decide(run, found, outcome, actor=actor(), until=forms.read_until())
            return web.go(run.path, f"{words}: {record.name}.", undo=change_set.undo_path)
    except Invalid as refusal:
        return _show(run, found, record, status=422, note=note, refusal=refusal)
    return web.go(here, written, undo=change_set.undo_path)


@bp.post("/<uuid:run_id>/release")
@access.requires("work.run")
def release(run_id: UUID) -> Response:
    run = queries.get_run(actor(), run_id)
    actions.let_go(run, actor=actor())
    return web.go("/work", f"“{run.name}” waits where you left it.")


@bp.post("/<uuid:run_id>/end")
@access.requires("work.run")
def end(run_id: UUID) -> Response:
    run = queries.get_own_run(actor(), run_id)
    actions.finish(run, actor=actor())
    return web.go("/work", f"“{run.name}” is over.")


def _write_down(record: Record, note: str, *, is_call: bool) -> str:
    """Keep what was written, as a call or as a note. Raises: Invalid for a call without words."""
    known = essentials.of(actor(), record.kind, record.id) if is_call else None
    if known is not None and known.customer_id is not None:
        access.require(actor(), "conversations.answer")
        customer = people.get_customer(actor(), known.customer_id)
        messages.log_call(customer, actor=actor(), duration_seconds=0, notes=note)
        return "The call is written down."
    if not note and request.form.get("outcome") in OUTCOMES:
        return ""
    access.require(actor(), "notes.write")
    _note, told = notes.add_note(record, note, actor=actor())
    return f"The note is kept. {told.sentence}".strip()


def _show(
    run: WorkRun, found: WorkStep, record: Record, *, status: int = 200, note: str = "", refusal: Any = None
) -> Response:
    before = queries.find_before(run, found.position, actor().id)
    today = now().astimezone(ZoneInfo(zone_of(actor()))).date()
    return web.render(
        "work/step.html",
        status=status,
        run=run,
        step=found,
        record=record,
        kind=KINDS[record.kind],
        known=essentials.of(actor(), record.kind, record.id),
        tasks=tasks.list_of_record(actor(), record.kind, record.id) if actor().can("tasks.edit") else None,
        progress=_progress(run),
        before=f"{run.path}/{before.position}" if before else "",
        mine=found.state == "held" and found.person_id == actor().id,
        words=WORDS,
        note=note,
        errors=[sentence for some in refusal.errors.values() for sentence in some] or [str(refusal)] if refusal else [],
        may_note=may_write(actor()),
        may_call=actor().can("conversations.answer"),
        until=request.form.get("until", str(today + timedelta(days=1))),
    )


def _progress(run: WorkRun) -> queries.Progress:
    return queries.progress_of([run])[run.run_id]


def _name_of(kind: str, path: str, query: str) -> str:
    """What a run of this list is called from the start: its filter in words."""
    values = MultiDict(parse_qsl(query))
    where = read_where(kind, values) if values.get("where") else None
    said = [sentence(where, current_app.extensions["rapport"].currency)] if where else []
    said += [values[name] for name in ("q", "stage", "country") if values.get(name)]
    label = KINDS[kind].label
    return f"{label} list: {', '.join(said)}"[: actions.LONGEST_NAME] if said else f"All of {path.strip('/')}"
