"""Who is meant by a task, by which channel each of them is reached, and who gets nothing, for which reason.

The same question is asked three times: for the estimate, as a run starts, and of a chunk's people as it is sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, Subquery, any_, case, func, literal, null, select, true, union_all
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import Few, db, one_of
from app.engine.filters import sql, tree
from app.engine.filters.spans import Moment
from app.people.consent import queries as consent
from app.people.models import Customer
from app.reach import queries
from app.reach.channels import suppression
from app.reach.channels.base import CHANNELS, Channel
from app.reach.messages.purposes import consent_purpose
from app.reach.models import Cap, Delivery, Listed, Run, TouchTask
from app.segments.models import Member

REASONS = {
    "erased": "Erased",
    "no_address": "Cannot be reached by it",
    "no_consent": "Has not agreed",
    "pending": "Has not confirmed yet",
    "withdrawn": "Wants to hear no more",
    "suppressed": "Address is not written to",
    "capped": "Heard from us often enough",
    "no_longer": "It is true no more",
    "not_meant": "Not among those who are meant",
}

Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Terms:
    """Under which terms a message goes: what it is for, by which channels, and how they are chosen.

    `makes_up_for`: the run that failed to reach somebody, of which nobody heard.
    """

    purpose: str
    channels: tuple[str, ...]
    reach_by: str = "first"
    still_true: dict[str, Any] | None = None
    makes_up_for: int | None = None


def members(task: TouchTask, moment: Moment, among: Few | None = None) -> Rows:
    """The ids of the customers whom a task means now; with `among`, of these alone."""
    of_these: ColumnElement[bool]
    if task.audience == "segment":
        of_these = true() if among is None else one_of(Member.person_id, among)
        return select(Member.person_id).where(Member.segment_id == task.segment_id, of_these)
    if task.audience == "list":
        of_these = true() if among is None else one_of(Listed.person_id, among)
        return select(Listed.person_id).where(Listed.task_id == task.id, of_these)
    return sql.ids(tree.read("customer", task.tree), moment, among).where(Customer.erased_at.is_(None))


def failed_in(run_id: int) -> Rows:
    """Those whom a run could not reach by any step, for another try: nobody who got it, or may have."""
    last = queries.last_steps(run_id)
    is_reached = last.c.kind.not_in(("failed", "expired", "bounced", "excluded"))
    failed = func.bool_or(last.c.kind.in_(("failed", "expired", "bounced")))
    return select(last.c.person_id).group_by(last.c.person_id).having(failed, ~func.bool_or(is_reached))


def plan(people: Rows, terms: Terms, moment: Moment, among: Few | None = None, only: Rows | None = None) -> Rows:
    """One row for each person and channel of a run. Shape: person_id, channel, reason (NULL for who gets it).

    `among`: the ids of `people`, where they are few; `only`: those of them who are meant at all.

    With `reach_by` first it is one row a person: the first channel open to them; where none is, the first
    channel of all and why it is not.
    """
    meant = people.subquery("meant")
    person_id = meant.c[0]
    rows = select(person_id.label("person_id")).outerjoin(Customer, Customer.person_id == person_id)
    said, capped = _said(terms, among), _capped(terms, moment, among)
    for subquery in (*said.values(), *([] if capped is None else [capped])):
        rows = rows.outerjoin(subquery, subquery.c.person_id == person_id)
    reasons = [_why_not(CHANNELS[key], terms, moment, among, said, only=only, capped=capped) for key in terms.channels]
    if terms.reach_by == "every" and len(reasons) > 1:
        each = rows.add_columns(*(why.label(f"why{place}") for place, why in enumerate(reasons))).cte("each")
        apart = union_all(*_apart(each, terms)).subquery("apart")
        return select(apart.c.person_id, apart.c.channel, apart.c.reason)
    if len(reasons) == 1:
        return rows.add_columns(literal(terms.channels[0]).label("channel"), reasons[0].label("reason"))
    open_ones = [(why.is_(None), literal(key)) for key, why in zip(terms.channels, reasons, strict=True)]
    channel = case(*open_ones, else_=terms.channels[0])
    nobody = case(*((why.is_(None), null()) for why in reasons), else_=reasons[0])
    return rows.add_columns(channel.label("channel"), nobody.label("reason"))


def _apart(each: CTE, terms: Terms) -> list[Rows]:
    return [
        select(each.c.person_id, literal(key).label("channel"), each.c[f"why{place}"].label("reason"))
        for place, key in enumerate(terms.channels)
    ]


def why_not(channel: str, terms: Terms, moment: Moment, among: Few, *columns: Any) -> Rows:
    """Some people once more, as a message is sent to them. Shape: person_id, reason, locale, address, `columns`."""
    found, said = CHANNELS[channel], _said(terms, among)
    reason = _why_not(found, terms, moment, among, said)
    query: Rows = select(Customer.person_id, reason.label("reason"), Customer.locale, found.address().label("address"))
    query = query.add_columns(*columns).where(one_of(Customer.person_id, among))
    for subquery in said.values():
        query = query.outerjoin(subquery, subquery.c.person_id == Customer.person_id)
    return query.order_by(Customer.person_id)


def _said(terms: Terms, among: Few | None) -> dict[str, Subquery]:
    """Channel of consent -> what people said of it; several channels may fall under one. Empty where none is needed."""
    asked_for = consent_purpose(terms.purpose)
    if asked_for is None:
        return {}
    channels = dict.fromkeys(CHANNELS[key].consent for key in terms.channels)
    return {channel: consent.standing(channel, asked_for, among) for channel in channels}


def _why_not(
    channel: Channel,
    terms: Terms,
    moment: Moment,
    among: Few | None,
    said: Mapping[str, Subquery],
    *,
    only: Rows | None = None,
    capped: Subquery | None = None,
) -> ColumnElement[Any]:
    """Why somebody gets nothing by a channel, NULL for who does."""
    reasons: list[tuple[ColumnElement[bool], Any]] = [
        (Customer.person_id.is_(None) | Customer.erased_at.is_not(None), literal("erased")),
        (channel.address().is_(None), literal("no_address")),
    ]
    if only is not None:
        reasons.insert(1, (Customer.person_id.not_in(only), literal("not_meant")))
    if said:
        held = said[channel.consent]
        reasons.append((held.c.state.is_(None), literal("no_consent")))
        reasons.append((held.c.state != "granted", held.c.state))
    reasons.append((suppression.held(channel), literal("suppressed")))
    if terms.still_true:
        asked = tree.read("customer", terms.still_true)
        if not asked.is_empty:
            reasons.append((Customer.person_id.not_in(sql.ids(asked, moment, among)), literal("no_longer")))
    if capped is not None:
        reasons.append((capped.c.person_id.is_not(None), literal("capped")))
    return case(*reasons, else_=null())


def _capped(terms: Terms, moment: Moment, among: Few | None) -> Subquery | None:
    """Who of everybody, or of some, heard from us often enough for the purpose lately; None where nothing caps it."""
    cap = db.session.get(Cap, terms.purpose)
    if cap is None:
        return None
    since = moment.now.date() - timedelta(days=cap.days - 1)
    of_purpose = (Run.purpose == cap.purpose, Run.run_id.is_distinct_from(terms.makes_up_for))
    lately = select(Run.run_id).where(*of_purpose, Run.day >= since).scalar_subquery()
    person_id: InstrumentedAttribute[UUID] = Delivery.person_id
    query = select(person_id).where(
        Delivery.run_id == any_(func.array(lately)), Delivery.day >= since, Delivery.reason.is_(None)
    )
    if among is not None:
        query = query.where(one_of(person_id, among))
    return query.group_by(person_id).having(func.count() >= cap.most).subquery("capped")
