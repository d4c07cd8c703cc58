"""Sending a chunk: ask once more, put the words together, send, write down. It may stop at any moment.

What happened to each is written down at most a batch after it happened. A worker that dies leaves the rest to the
next, which reads what was written and goes on from there; whoever lost a chunk to another cannot write any more.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from random import random
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute

from app.core import jobs
from app.core.clock import now
from app.core.db import Few, db, is_begun, one_of
from app.core.log import get
from app.engine.filters.queries import here_and_now
from app.reach import audience, journal, knowledge, letters, pace, queries, references
from app.reach.audience import Terms
from app.reach.channels import health, lessons, opened
from app.reach.channels.base import Local, Outcome, Outgoing, ProviderTrouble, Strategy
from app.reach.channels.models import Provider
from app.reach.journal import Journal, NotOurs, Result, Stopped
from app.reach.messages import placeholders, versions
from app.reach.messages.placeholders import UNSUBSCRIBE
from app.reach.messages.rendering import Compiled
from app.reach.models import Delivery, Step

MOST_TRIES = 6
LONGEST_PAUSE = 3600
TROUBLE = "provider"
"""What is written down of those who were to be told when their provider took nothing: no try of theirs."""

log = get(__name__)

# Who begins last may write; the number tells it from whoever held the chunk before.
BEGIN = text(
    """
    UPDATE reach_chunks c SET attempt = attempt + 1
    FROM reach_runs r JOIN crm_user_touch_task t ON t.id = r.task_id
    WHERE c.run_id = :run_id AND c.chunk_no = :chunk_no AND c.state = 'open'
      AND r.run_id = c.run_id AND r.state IN ('expanding', 'sending') AND t.state = 'running'
    RETURNING c.run_id, c.chunk_no, c.attempt, c.channel, c.provider_id, c.person_lo, c.person_hi, c.people,
        c.planned, r.day, r.lane, r.version_id, r.expires_at, r.purpose, t.still_true
    """
)

LATER = text(
    "UPDATE reach_chunks SET job_id = :job_id"
    " WHERE run_id = :run_id AND chunk_no = :chunk_no AND attempt = :attempt AND state = 'open'"
)


@dataclass
class Work:
    """A chunk in the hands of one worker, in plain values: no transaction stays open while a provider is spoken to.

    `chunk`: what `BEGIN` answers with. `tries`: how often each was tried before. `pause_seconds`: how long those who
    are left wait for the next try.
    """

    chunk: Any
    provider: Provider | None
    terms: Terms
    journal: Journal = field(init=False)
    tries: dict[UUID, int] = field(default_factory=dict)
    pause_seconds: float = 0.0
    is_left: bool = False

    @cached_property
    def strategy(self) -> Strategy:
        """Who sends it. Raises: ProviderTrouble for settings that make no sense."""
        return opened.strategy_of(self.chunk.channel, self.provider)


@jobs.job("reach.send")
def send_chunk(run_id: int, chunk_no: int, *, has_turn: bool = False) -> dict[str, Any] | None:
    """Send what is left of a chunk, unless somebody stopped it; with `has_turn` the provider expects it now."""
    begun = db.session.execute(BEGIN, {"run_id": run_id, "chunk_no": chunk_no}).one_or_none()
    if begun is None:
        return None
    provider = db.session.get(Provider, begun.provider_id) if begun.provider_id else None
    terms = Terms(begun.purpose, (begun.channel,), still_true=begun.still_true)
    work = Work(begun, provider, terms)
    wait = 0.0 if has_turn else pace.turn(provider, begun.planned)
    if wait > pace.WORTH_WAITING:
        _come_back(work, wait, has_turn=True)
        return {"waits": wait}
    started = time.perf_counter()
    try:
        _send_all(work)
    except (Stopped, NotOurs) as why:
        db.session.rollback()
        return {"ended": type(why).__name__}
    except ProviderTrouble as trouble:
        health.note(work.chunk.provider_id, str(trouble))
        _come_back(work, _backoff(work.chunk.attempt))
        return {"trouble": str(trouble)}
    health.note(work.chunk.provider_id, "")
    if work.is_left:
        _come_back(work, work.pause_seconds)
    rest = pace.rest_after(begun.lane, time.perf_counter() - started)
    if rest:
        db.session.commit()
        time.sleep(rest)
    return None


def _send_all(work: Work) -> None:
    """Send to everybody who is left. Raises: Stopped; NotOurs; ProviderTrouble."""
    is_late = now() >= work.chunk.expires_at
    if not is_late and isinstance(work.strategy, Local):
        written = letters.write(work.chunk, work.strategy)
        Journal(work.chunk).count(written, is_last=True)  # holds with the end of the job
        return
    db.session.commit()  # or the journal would wait for what began it
    with journal.opened(work.chunk) as work.journal:
        people = _left(work)
        if is_late:
            work.journal.write([Result(person_id, "expired") for person_id in _ids(people)], is_last=True)
            return
        messages, excluded = _load(work, people)
        if excluded or not messages:
            work.journal.write(excluded, is_last=not messages)
        size = work.strategy.batch if messages else 1
        for start in range(0, len(messages), size):
            _send(work, messages[start : start + size], is_last=start + size >= len(messages))


def _left(work: Work) -> Few:
    """Those of whom nothing is written down yet, or that they are to be tried again."""
    planned = queries.planned(work.chunk, _in_chunk(work, Delivery.person_id))
    if work.chunk.attempt == 1:
        return planned
    before = {step.person_id: step for step in _steps_before(work)}
    work.tries = {step.person_id: step.tries for step in before.values() if step.kind == "later"}
    looked_up = [_look_up(work, step) for step in before.values() if step.kind == "intended"]
    if looked_up:
        work.journal.write(looked_up)
        work.tries |= {result.person_id: 1 for result in looked_up if result.kind == "later"}
    return [one for one in db.session.scalars(planned) if one not in before or one in work.tries]


def _in_chunk(work: Work, person_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    chunk = work.chunk
    return one_of(person_id, chunk.people) if chunk.people else person_id.between(chunk.person_lo, chunk.person_hi)


def _ids(people: Few) -> Sequence[Any]:
    return db.session.scalars(people).all() if isinstance(people, Select) else people


def _steps_before(work: Work) -> Sequence[Any]:
    """How each of the chunk stands, and how often they were tried."""
    here = (Step.channel == work.chunk.channel, Step.day == work.chunk.day)
    last = queries.last_steps(work.chunk.run_id, *here, _in_chunk(work, Step.person_id))
    tried = select(func.count()).where(
        Step.run_id == work.chunk.run_id,
        Step.person_id == last.c.person_id,
        *here,
        Step.kind == "later",
        Step.code != TROUBLE,
    )
    columns = (last.c.person_id, last.c.kind, last.c.provider_ref, tried.scalar_subquery().label("tries"))
    return db.session.execute(select(*columns)).all()


def _look_up(work: Work, step: Any) -> Result:
    """What became of a message that may have gone when its worker died."""
    reference = references.write(work.chunk.run_id, step.person_id, work.chunk.channel)
    found = work.strategy.look_up(reference, step.provider_ref)
    if found is None:
        return Result(step.person_id, "unknown", words="The worker ended between sending it and writing that down.")
    return Result.of(step.person_id, found)


def _load(work: Work, people: Few) -> tuple[list[Outgoing], list[Result]]:
    """The messages to those who still may get one, and why the others do not."""
    run_id, channel, version_id = work.chunk.run_id, work.chunk.channel, work.chunk.version_id
    same = knowledge.of_all(work.chunk.purpose)
    keys = [key for key in versions.keys_of(version_id, channel) if key not in same]
    columns = placeholders.columns(keys)
    loaded = [column.name for column in columns]
    rows = db.session.execute(audience.why_not(channel, work.terms, here_and_now(), people, *columns)).all()
    told = knowledge.of_people(work.chunk, keys, [row.person_id for row in rows]) if knowledge.is_asked(keys) else {}
    messages: list[Outgoing] = []
    excluded: list[Result] = []
    expected = work.chunk.planned if isinstance(people, Select) else len(people)
    if len(rows) < expected:
        gone = set(_ids(people)).difference(row.person_id for row in rows)
        excluded = [Result(person_id, "excluded", "erased") for person_id in gone]
    words: dict[str, Compiled] = {}
    for person_id, reason, locale, address, *values in rows:
        if reason is not None:
            excluded.append(Result(person_id, "excluded", reason))
            continue
        if locale not in words:
            words[locale] = versions.compiled(version_id, channel, locale).given(same)
        known = dict(zip(loaded, values, strict=True))
        if person_id in told:
            known |= told[person_id]
        parts = words[locale].render(known)
        if UNSUBSCRIBE in known:
            parts[UNSUBSCRIBE] = known[UNSUBSCRIBE]
        reference = references.write(run_id, person_id, channel)
        messages.append(Outgoing(reference, person_id, address, parts, work.chunk.expires_at))
    return messages, excluded


def _send(work: Work, batch: Sequence[Outgoing], *, is_last: bool) -> None:
    if now() >= work.chunk.expires_at:
        work.journal.write([Result(one.person_id, "expired") for one in batch], is_last=is_last)
        return
    if work.strategy.is_costly:
        work.journal.write([Result(one.person_id, "intended") for one in batch])
    if is_begun():
        db.session.commit()
    try:
        outcomes = _try(work.strategy, batch)
    except ProviderTrouble as trouble:
        if work.strategy.is_costly:
            work.journal.write([Result(one.person_id, "later", TROUBLE, str(trouble)) for one in batch])
        raise
    if any(outcome.is_for_good or outcome.is_unwanted for outcome in outcomes):
        told = [(one.person_id, outcome) for one, outcome in zip(batch, outcomes, strict=True)]
        lessons.learn(work.chunk.channel, told)
        db.session.commit()  # before it is written down: nobody asks again of whom something is written
    results = [
        Result.of(one.person_id, outcome) if outcome.state != "later" else _again(work, one, outcome)
        for one, outcome in zip(batch, outcomes, strict=True)
    ]
    work.journal.write(results, is_last=is_last and not work.is_left)


def _try(strategy: Strategy, batch: Sequence[Outgoing]) -> list[Outcome]:
    """What became of them; a fault of our own is a try like any other, unless what it costs forbids another."""
    try:
        return strategy.send(batch)
    except (ProviderTrouble, DBAPIError):
        raise
    except Exception as error:
        log.exception("reach.strategy_failed", strategy=strategy.key)
        code = type(error).__name__
        return [Outcome("unknown" if strategy.is_costly else "later", code=code)] * len(batch)


def _again(work: Work, message: Outgoing, outcome: Outcome) -> Result:
    """Somebody is tried again later; who was tried often enough is given up."""
    tries = work.tries.get(message.person_id, 0) + 1
    if tries >= MOST_TRIES:
        return Result(message.person_id, "failed", "gave_up", outcome.words or outcome.code, outcome.provider_ref)
    work.is_left = True
    work.pause_seconds = max(work.pause_seconds, outcome.after_seconds, _backoff(tries))
    return Result.of(message.person_id, outcome)


def _come_back(work: Work, seconds: float, *, has_turn: bool = False) -> None:
    """Let what is left of a chunk be sent later, by a job of its own."""
    job_id = jobs.enqueue(
        "reach.send",
        {"run_id": work.chunk.run_id, "chunk_no": work.chunk.chunk_no, "has_turn": has_turn},
        lane=work.chunk.lane,
        delay=timedelta(seconds=seconds),
    )
    db.session.execute(LATER, {**journal.key_of(work.chunk), "job_id": job_id})


def _backoff(tries: int) -> float:
    """Seconds until the next try: up to 4, 8, 16 ... to an hour, any moment of it, so that not all come at once."""
    return 1 + random() * min(LONGEST_PAUSE, 2 ** (tries + 1))  # noqa: S311 - spreads load, hides nothing
