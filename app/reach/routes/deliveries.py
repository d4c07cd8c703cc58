"""Pages about deliveries: who got what, and who did not.

GET  /reach/deliveries                of one run: ?run= ?became= ?code= ?after=
GET  /reach/deliveries/<reference>    each step of one, from what set it off to its receipt
"""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, paging, web
from app.core.access import actor
from app.core.errors import NotFound
from app.people.privacy import contact_of
from app.reach import columns, queries, references, words
from app.reach.audience import REASONS
from app.reach.models import TouchTask
from app.reach.reports import one_delivery
from app.reach.reports.deliveries import FILTERS, list_deliveries, outcome_of, tried_next
from app.reach.reports.one_delivery import History

bp = Blueprint("reach_deliveries", __name__)


@bp.get("/reach/deliveries")
@access.requires("reach.read")
def deliveries() -> ResponseReturnValue:
    run, became, code = columns.read_run(request.args)
    task = queries.get_task(run.task_id)
    page = list_deliveries(actor(), run, became, code=code, cursor=request.args.get("after", ""))
    return web.render(
        "reach/deliveries.html",
        "reach/_deliveries.html",
        task=task,
        run=run,
        became=became,
        code=code,
        page=page,
        after=tried_next(run, page.rows),
        query=request.args.to_dict(flat=False),
        last=paging.LAST,
        filters=FILTERS,
        outcome=outcome_of,
        reference=references.write,
        reasons=REASONS,
        steps=words.STEPS,
        tones=words.STEP_TONES,
        label=words.channel_label,
        can_export=actor().can("reach.export"),
    )


@bp.get("/reach/deliveries/<reference>")
@access.requires("reach.read")
def delivery(reference: str) -> ResponseReturnValue:
    key = references.read(reference)
    if key is None:
        raise NotFound
    history = one_delivery.history_of(actor(), *key)
    return web.render(
        "reach/delivery.html",
        history=history,
        reference=reference,
        write=references.write,
        contact=contact_of(history.customer, actor()),
        outcome=_standing(history),
        asked_at=history.run.due_at,
        event=words.event_label(history.task.event_type or "") if history.trigger else "",
        told=words.facts_in_words(history.trigger.facts) if history.trigger else (),
        reasons=REASONS,
        steps=words.STEPS,
        tones=words.STEP_TONES,
        label=words.channel_label,
        who=_launcher(history.task),
    )


def _standing(history: History) -> tuple[str, str]:
    """How it stands, in a word and a tone."""
    last = one_delivery.standing_of(history)
    if history.delivery.reason is not None:
        return REASONS.get(history.delivery.reason, history.delivery.reason), "off"
    if last is None:
        return "Waiting", "info"
    return words.STEPS.get(last.kind, last.kind), words.STEP_TONES.get(last.kind, "off")


def _launcher(task: TouchTask) -> str:
    return queries.name_of_person(task.launched_by)
