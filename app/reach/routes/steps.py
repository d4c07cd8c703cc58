"""What stands on the page of a draft, by the step that is open."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import current_app, request
from flask.typing import ResponseReturnValue

from app.core import once, web
from app.core.access import actor
from app.core.clock import now
from app.core.errors import Invalid
from app.engine.events import catalogue
from app.engine.filters import tree
from app.engine.filters.tree import BadFilter
from app.engine.schedules import due_times
from app.engine.schedules import words as rules
from app.reach import actions, estimates, queries, triggers, words
from app.reach.channels.base import CHANNELS
from app.reach.forms import CONDITIONS, OWN_EVENT, WhatForm, WhenForm, WhoForm
from app.reach.messages import queries as messages
from app.reach.models import TouchTask
from app.segments import queries as segments

STEPS = ("what", "who", "when", "check")
FORESEEN = 3


@dataclass(frozen=True)
class Typed:
    """A form as it stands, and with which status it is shown."""

    form: Any
    status: int = 200


def filled(task: TouchTask, step: str) -> Any:
    """A step's form with what is decided so far, and a filter that was just built."""
    built = request.args.get("where") if request.args.get("for") == "filter" else None
    emptied = request.args.get("for") == "filter" and built is None
    if step == "what":
        return WhatForm(obj=task, offered_for=str(task.template_id))
    if step == "who":
        where = json.dumps(actions.EVERYBODY) if emptied else built or json.dumps(task.tree)
        form = WhoForm(audience=task.audience, where=where, segment_id=str(task.segment_id or ""))
        if request.args.get("for") == "filter":
            form.audience.data = "filter"
        return form
    details = actions.details_of(task)
    present = json.dumps(dict(details.still_true)) if details.still_true else ""
    form = WhenForm(where="" if emptied else built or present)
    form.fill(details, current_app.extensions["rapport"].time_zone)
    return form


def page(
    task: TouchTask | None,
    step: str,
    typed: Typed | None,
    *,
    status: int = 0,
    refusal: Invalid | None = None,
    **more: Any,
) -> ResponseReturnValue:
    facts = FACTS[step](task, typed.form if typed else None) | more
    return web.render(
        "reach/task_form.html",
        status=status or (typed.status if typed else 200),
        task=task,
        step=step,
        steps=STEPS,
        told=_told(task),
        form=typed.form if typed else None,
        refusal=refusal,
        once=request.form.get("once") or once.new_token(),
        **facts,
    )


def _told(task: TouchTask | None) -> dict[str, str]:
    """What each step says, in words, as far as it is decided."""
    if task is None:
        return {}
    by = " or ".join(words.channel_label(key) for key in task.channels)
    listed = queries.count_listed(task) if task.audience == "list" else None
    return {
        "what": " · ".join(filter(None, (task.name, queries.name_of_template(task), by))),
        "who": words.who(task, queries.name_of_segment(task) if task.segment_id else None, listed),
        "when": " · ".join(filter(None, (words.when(task), _still(task)))),
    }


def _still(task: TouchTask) -> str:
    return f"Only if still true: {words.filter_in_words(task.still_true)}" if task.still_true else ""


def _facts_of_what(_task: TouchTask | None, form: WhatForm) -> dict[str, Any]:
    known = queries.list_templates()
    form.template_id.choices = [("", "Choose …"), *known]
    chosen = form.chosen_template if str(form.template_id.data) in dict(known) else None
    contents = messages.newest_version(chosen).contents if chosen else {}
    offered = [key for key in CHANNELS if contents.get(key)]
    form.channels.choices = [(key, CHANNELS[key].label) for key in offered]
    if form.channels.data is None or (request.method == "GET" and not form.channels.data):
        form.channels.data = offered
    form.offered_for.data = str(chosen) if chosen else ""
    carried = {key: request.values.getlist(key) for key in ("list", "query", "id", "everything", "where", "segment")}
    return {
        "templates": known,
        "examples": [(key, estimates.example_of(contents, key)) for key in offered],
        "carried": carried,
    }


def _facts_of_who(task: TouchTask, form: WhoForm) -> dict[str, Any]:
    form.segment_id.choices = [
        (str(one.segment_id), f"{one.name} ({one.member_count:,})") for one in segments.list_segments()
    ]
    try:
        wanted = tree.read("customer", form.where.data or actions.EVERYBODY)
    except BadFilter:
        wanted = tree.everything("customer")
    return {
        "wanted": wanted,
        "listed": queries.count_listed(task) if task.audience == "list" else 0,
        "unknown": [],
        "added": 0,
    }


def _facts_of_when(task: TouchTask, form: WhenForm) -> dict[str, Any]:
    known = sorted(triggers.answerable().items(), key=lambda one: one[1])
    form.event_type.choices = [("", "Choose …"), *known, (OWN_EVENT, "Something a program of ours tells")]
    conditions = task.event_conditions if request.method == "GET" else {}
    wanted = tree.read("customer", form.where.data or actions.EVERYBODY)
    return {
        **event_facts(form, conditions),
        **foreseen(form),
        "still_true": wanted,
        "zones": sorted(due_times.zones()),
    }


def event_facts(form: WhenForm, conditions: dict[str, Any]) -> dict[str, Any]:
    kind = catalogue.TYPES.get(form.event_name or "")
    pairs = [(name, _typed_as(value)) for name, value in conditions.items()]
    sent = [
        (request.form.get(f"field{place}", ""), request.form.get(f"value{place}", ""))
        for place in range(1, CONDITIONS + 1)
    ]
    shown = (pairs or sent) + [("", "")] * CONDITIONS
    return {"fields": list(kind.fields) if kind else [], "conditions": shown[:CONDITIONS]}


def _typed_as(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def foreseen(form: WhenForm) -> dict[str, Any]:
    """What the rule means: in words, with its next times; or why it means nothing."""
    if form.timing.data not in ("at", "recurring"):
        return {"said": "", "times": [], "problem": ""}
    zone = form.time_zone.data or ""
    try:
        rule = form.foresee()
        due_times.check(rule)
        times, said = due_times.next_times(rule, now(), FORESEEN), rules.in_words(rule)
    except Invalid as refusal:
        problem = next((sentences[0] for sentences in refusal.errors.values()), str(refusal))
        return {"said": "", "times": [], "problem": problem}
    if not times:
        return {"said": "", "times": [], "problem": "This time lies in the past."}
    return {"said": said, "times": [rules.moment_in_words(time, zone) for time in times], "problem": ""}


def _facts_of_check(task: TouchTask, _form: None) -> dict[str, Any]:
    return {
        "estimate": estimates.estimate(task),
        "people": estimates.first_people(task, actor()),
        "label": words.channel_label,
        "reason": estimates.words_of,
        "lasts": words.seconds_in_words,
        "can_send": actor().can("reach.send"),
    }


FACTS: dict[str, Callable[[Any, Any], dict[str, Any]]] = {
    "what": _facts_of_what,
    "who": _facts_of_who,
    "when": _facts_of_when,
    "check": _facts_of_check,
}
