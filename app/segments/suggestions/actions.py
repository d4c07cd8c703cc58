"""Look for groups: ask for a run, carry it out, keep what it found."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from flask import current_app

from app.core import jobs
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.core.db import db, new_id
from app.engine.answers import queries as answers
from app.engine.events import actions as events
from app.engine.filters import tree
from app.engine.schedules import actions as schedules
from app.engine.schedules.due_times import Rule
from app.segments import as_of as moments
from app.segments.as_of import AsOf
from app.segments.rfm.queries import read_as_of
from app.segments.suggestions import features, queries
from app.segments.suggestions.features import Feature
from app.segments.suggestions.models import Suggestion, SuggestionRun
from app.segments.suggestions.names import name_of

if TYPE_CHECKING:
    from app.segments.suggestions.clustering import Floats, Found, Group

SUGGEST_JOB = "segments.suggest"
WEEKLY = "30 4 * * 1"
TOO_FEW = f"Fewer than {features.LEAST_CUSTOMERS} customers bought within two years: that is too few to find groups."
TOO_ALIKE = "The customers are too much alike to tell groups apart."

Learn = Callable[["Floats", list[list[float]]], "Found | None"]
Gather = Callable[..., "Floats"]


def start(day: date | None, *, actor: Actor) -> SuggestionRun:
    """Let a job look for groups; while one does, that is the run. From the first time on, every week anew."""
    latest = queries.find_latest()
    if latest is not None and latest.state == "running":
        return latest
    run_id = new_id()
    job_id = jobs.enqueue(SUGGEST_JOB, {"run_id": str(run_id)}, lane="bulk")
    past = read_as_of(day).day
    run = SuggestionRun(run_id=run_id, job_id=job_id, as_of=past, window_days=features.WINDOW_DAYS, asked_by=actor.id)
    db.session.add(run)
    db.session.flush()
    if latest is None and past is None:
        _schedule(actor)
    return run


def begin_scheduled() -> SuggestionRun:
    """A run that nobody waits for, carried out by whoever begins it."""
    run = SuggestionRun(window_days=features.WINDOW_DAYS)
    db.session.add(run)
    db.session.flush()
    return run


def carry_out(run: SuggestionRun, gather: Gather, learn: Learn) -> None:
    """Look for groups and keep what was found. `gather` and `learn` come from `clustering`."""
    as_of = read_as_of(run.as_of)
    with answers.reading(answers.JOB_BUDGET_MS):
        rows = gather(features.read(as_of, current_app.extensions["rapport"].currency))
    jobs.report(len(rows), len(rows), "finding groups")
    before = list(queries.list_suggestions())
    found = learn(rows, [one.centre for one in before]) if len(rows) >= features.LEAST_CUSTOMERS else None
    run.customer_count, run.finished_at = len(rows), now()
    if found is None:
        run.problem = TOO_FEW if len(rows) < features.LEAST_CUSTOMERS else TOO_ALIKE
        db.session.flush()
        return
    run.silhouette = found.silhouette
    _keep(run, found, before, as_of)
    events.emit(
        "segment.suggested",
        actor=SYSTEM,
        subject_id=run.run_id,
        groups=len(found.groups),
        customers=len(rows),
        silhouette=round(found.silhouette, 3),
    )


def _keep(run: SuggestionRun, found: "Found", before: list[Suggestion], as_of: AsOf) -> None:
    """Groups that were there before keep their names; the others are named so that no two are called alike."""
    taken = {before[group.same_as].name for group in found.groups if group.same_as is not None}
    for group in found.groups:
        old = before[group.same_as] if group.same_as is not None else None
        name = old.name if old else name_of([(reason.key, reason.distance) for reason in group.reasons], taken)
        taken.add(name)
        run.suggestions.append(_suggestion(group, name, old, as_of))
    db.session.flush()


def _suggestion(group: "Group", name: str, old: Suggestion | None, as_of: AsOf) -> Suggestion:
    suggestion_id = new_id()

    def ask(feature: Feature, most: int, is_above: bool) -> moments.Tree:
        return features.ask(feature, most, as_of, is_above=is_above)

    return Suggestion(
        suggestion_id=suggestion_id,
        origin_id=old.origin_id if old else suggestion_id,
        name=name,
        customer_count=group.customers,
        money_share=group.money_share,
        centre=list(group.centre),
        reasons=[vars(reason) for reason in group.reasons],
        tree=tree.write(tree.read("customer", group.rule.tree(ask)).root),
        rule_count=group.rule.customers,
        precision=group.rule.precision,
        recall=group.rule.recall,
    )


def _schedule(actor: Actor) -> None:
    """An ordinary schedule: it can be changed, paused and removed like any other."""
    rule = Rule("cron", WEEKLY, current_app.extensions["rapport"].time_zone)
    schedules.add_schedule(schedules.Plan(SUGGEST_JOB, rule, "Suggest segments"), actor=actor)
