"""Sending a chunk: ask once more, put the words together, send, write down. It may stop at any moment.

What happened to each is written down at most a batch after it happened. A worker that dies leaves the rest to the
next, which reads what was written and goes on from there; whoever lost a chunk to another cannot write any more.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import random
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.core import jobs
from app.core.clock import now
from app.core.db import copy_rows, db
from app.core.jobs import Lane
from app.core.log import get
from app.engine.filters.queries import here_and_now
from app.reach import audience, pace, queries, references, runs, triggers
from app.reach.audience import Terms
from app.reach.channels import health, opened, suppression, unsubscribe
from app.reach.channels.base import Outcome, Outgoing, ProviderTrouble, Strategy
from app.reach.channels.models import Provider
from app.reach.messages import placeholders, rendering
from app.reach.messages.models import TemplateVersion
from app.reach.messages.placeholders import UNSUBSCRIBE
from app.reach.messages.purposes import consent_purpose
from app.reach.models import Delivery, Run, Step, TouchTask

MOST_TRIES = 6
LONGEST_PAUSE = 3600
STEP_COLUMNS = (
    "day",
    "run_id",
    "person_id",
    "channel",
    "attempt",
    "kind",
    "at",
    "provider_id",
    "provider_ref",
    "code",
    "words",
)

log = get(__name__)

# Who begins last may write; the number tells it from whoever held the chunk before.
BEGIN = text(
    """
    UPDATE reach_chunks c SET attempt = attempt + 1
    FROM reach_runs r JOIN crm_user_touch_task t ON t.id = r.task_id
    WHERE c.run_id = :run_id AND c.chunk_no = :chunk_no AND c.state = 'open'
      AND r.run_id = c.run_id AND r.state = 'sending' AND t.state = 'running'
    RETURNING c.attempt, c.channel, c.provider_id, c.person_lo, c.person_hi, c.planned
    """
)

# How far it is, whether this is still ours, and whether somebody wants it to stop: one statement.
PROGRESS = text(
    """
    UPDATE reach_chunks c SET sent = c.sent + :sent, failed = c.failed + :failed,
        unknown = c.unknown + :unknown, excluded = c.excluded + :excluded
    FROM reach_runs r JOIN crm_user_touch_task t ON t.id = r.task_id
    WHERE c.run_id = :run_id AND c.chunk_no = :chunk_no AND c.attempt = :attempt AND r.run_id = c.run_id
    RETURNING c.state = 'open' AND r.state = 'sending' AND t.state = 'running'
    """
)
CLOSE = text(
    "UPDATE reach_chunks SET state = 'done', finished_at = :now"
    " WHERE run_id = :run_id AND chunk_no = :chunk_no AND attempt = :attempt AND state = 'open'"
)
LATER = text(
    "UPDATE reach_chunks SET job_id = :job_id"
    " WHERE run_id = :run_id AND chunk_no = :chunk_no AND attempt = :attempt AND state = 'open'"
)


class NotOurs(Exception):
    """Another worker took the chunk over; what this one did since it last wrote is rolled back."""


@dataclass
class Work:
    """A chunk in the hands of one worker, in plain values: no transaction stays open while a provider is spoken to.

    `tries`: how often each was tried before. `pause_seconds`: how long those who are left wait for the next try.
    """

    run_id: int
    chunk_no: int
    attempt: int
    channel: str
    provider_id: UUID | None
    strategy: Strategy
    person_lo: UUID
    person_hi: UUID
    day: date
    lane: Lane
    version_id: UUID
    expires_at: datetime
    terms: Terms
    tries: dict[UUID, int] = field(default_factory=dict)
    pause_seconds: float = 0.0
    is_left: bool = False

    @property
    def key(self) -> dict[str, int]:
        """By which the chunk is found, and told to be ours."""
        return {"run_id": self.run_id, "chunk_no": self.chunk_no, "attempt": self.attempt}


@jobs.job("reach.send")
def send_chunk(run_id: int, chunk_no: int, *, has_turn: bool = False) -> dict[str, Any] | None:
    """Send what is left of a chunk, unless somebody stopped it; with `has_turn` the provider expects it now."""
    begun = db.session.execute(BEGIN, {"run_id": run_id, "chunk_no": chunk_no}).one_or_none()
    if begun is None:
        return None
    provider = db.session.get(Provider, begun.provider_id) if begun.provider_id else None
    work = _take(run_id, chunk_no, begun, provider)
    wait = 0.0 if has_turn else pace.turn(provider, begun.planned)
    if wait > pace.WORTH_WAITING:
        _come_back(work, wait, has_turn=True)
        return {"waits": wait}
    try:
        is_stopped = not _send_all(work)
    except ProviderTrouble as trouble:
        db.session.rollback()
        health.note(work.provider_id, str(trouble))
        _come_back(work, _backoff(work.attempt))
        return {"trouble": str(trouble)}
    if is_stopped:
        return {"stopped": True}
    health.note(work.provider_id, "")
    if work.is_left:
        _come_back(work, work.pause_seconds)
    else:
        db.session.execute(CLOSE, {**work.key, "now": now()})
        db.session.commit()
        runs.settle(run_id)
    return None


def _take(run_id: int, chunk_no: int, begun: Any, provider: Provider | None) -> Work:
    run = db.session.get_one(Run, run_id)
    task = db.session.get_one(TouchTask, run.task_id)
    return Work(
        run_id,
        chunk_no,
        begun.attempt,
        begun.channel,
        begun.provider_id,
        opened.strategy_of(begun.channel, provider),
        begun.person_lo,
        begun.person_hi,
        run.day,
        run.lane,
        run.version_id,
        run.expires_at,
        Terms(run.purpose, tuple(task.channels), task.reach_by, task.still_true),
    )


def _send_all(work: Work) -> bool:
    """Send to everybody who is left; False when somebody wants it to stop."""
    people = _left(work)
    if not people:
        return True
    if now() >= work.expires_at:
        return _write(work, [Result(person_id, "expired") for person_id in people])
    messages, excluded = _load(work, people)
    if excluded and not _write(work, excluded):
        return False
    size = work.strategy.batch
    return all(_send(work, messages[start : start + size]) for start in range(0, len(messages), size))


def _left(work: Work) -> list[UUID]:
    """Those of whom nothing is written down yet, or that they are to be tried again."""
    of_chunk = (
        Delivery.run_id == work.run_id,
        Delivery.day == work.day,
        Delivery.channel == work.channel,
        Delivery.person_id.between(work.person_lo, work.person_hi),
        Delivery.reason.is_(None),
    )
    people = db.session.scalars(select(Delivery.person_id).where(*of_chunk).order_by(Delivery.person_id)).all()
    if work.attempt == 1:
        return list(people)
    before = {step.person_id: step for step in _steps_before(work)}
    uncertain = [step for step in before.values() if step.kind == "intended"]
    if uncertain:
        _write(work, [_look_up(work, step) for step in uncertain])
    work.tries = {step.person_id: step.tries for step in before.values() if step.kind == "later"}
    return [person_id for person_id in people if person_id not in before or person_id in work.tries]


def _steps_before(work: Work) -> Sequence[Any]:
    """How each of the chunk stands, and how often they were tried."""
    here = (Step.channel == work.channel, Step.day == work.day)
    last = queries.last_steps(work.run_id, *here, Step.person_id.between(work.person_lo, work.person_hi))
    tried = select(func.count()).where(
        Step.run_id == work.run_id, Step.person_id == last.c.person_id, *here, Step.kind == "later"
    )
    columns = (last.c.person_id, last.c.kind, last.c.provider_ref, tried.scalar_subquery().label("tries"))
    return db.session.execute(select(*columns)).all()


def _look_up(work: Work, step: Any) -> "Result":
    """What became of a message that may have gone when its worker died."""
    reference = references.write(work.run_id, step.person_id, work.channel)
    found = work.strategy.look_up(reference, step.provider_ref)
    if found is None:
        return Result(step.person_id, "unknown", words="The worker ended between sending it and writing that down.")
    return Result.of(step.person_id, found)


def _load(work: Work, people: Sequence[UUID]) -> tuple[list[Outgoing], list["Result"]]:
    """The messages to those who still may get one, and why the others do not."""
    wanted = _keys(work.version_id, work.channel)
    columns = placeholders.columns(wanted)
    loaded = [column.name for column in columns]
    purpose = work.terms.purpose
    has_exit = UNSUBSCRIBE in wanted and consent_purpose(purpose) is not None
    rows = db.session.execute(audience.why_not(work.channel, work.terms, here_and_now(), people, *columns)).all()
    told = triggers.facts_of(work.run_id, people) if any(key.startswith("event.") for key in wanted) else {}
    messages, excluded = [], [Result(one, "excluded", "erased") for one in set(people) - {row[0] for row in rows}]
    for person_id, reason, locale, address, *values in rows:
        if reason is not None:
            excluded.append(Result(person_id, "excluded", reason))
            continue
        known = dict(zip(loaded, values, strict=True))
        if told:
            known |= told.get(person_id, {})
        if has_exit:
            known[UNSUBSCRIBE] = unsubscribe.address_of(person_id, work.channel, purpose, work.run_id)
        parts = _compiled(work.version_id, work.channel, locale).render(known)
        if has_exit:
            parts[UNSUBSCRIBE] = known[UNSUBSCRIBE]
        messages.append(Outgoing(references.write(work.run_id, person_id, work.channel), person_id, address, parts))
    return messages, excluded


def _send(work: Work, batch: Sequence[Outgoing]) -> bool:
    if now() >= work.expires_at:
        return _write(work, [Result(one.person_id, "expired") for one in batch])
    if work.strategy.is_costly and not _write(work, [Result(one.person_id, "intended") for one in batch]):
        return False
    if not work.strategy.is_local:
        db.session.commit()
    outcomes = _try(work.strategy, batch)
    if any(outcome.is_for_good for outcome in outcomes):
        gone = [one.person_id for one, outcome in zip(batch, outcomes, strict=True) if outcome.is_for_good]
        suppression.hold(work.channel, gone)
    return _write(work, [_result(work, one, outcome) for one, outcome in zip(batch, outcomes, strict=True)])


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


def _result(work: Work, message: Outgoing, outcome: Outcome) -> "Result":
    """An outcome as it is written down; who was tried often enough is given up."""
    if outcome.state != "later":
        return Result.of(message.person_id, outcome)
    tries = work.tries.get(message.person_id, 0) + 1
    if tries >= MOST_TRIES:
        return Result(message.person_id, "failed", "gave_up", outcome.words or outcome.code, outcome.provider_ref)
    work.is_left = True
    work.pause_seconds = max(work.pause_seconds, outcome.after_seconds, _backoff(tries))
    return Result.of(message.person_id, outcome)


class Result(NamedTuple):
    """What is written down of one delivery."""

    person_id: UUID
    kind: str
    code: str = ""
    words: str = ""
    provider_ref: str = ""

    @classmethod
    def of(cls, person_id: UUID, outcome: Outcome) -> "Result":
        """The same of an outcome."""
        return cls(person_id, outcome.state, outcome.code, outcome.words, outcome.provider_ref)


def _write(work: Work, results: Sequence[Result]) -> bool:
    """Write down what happened, and commit; False when somebody wants it to stop. Raises: NotOurs."""
    moment = now()
    counted = Counter(result.kind for result in results)
    more = {
        "sent": counted["sent"],
        "failed": counted["failed"] + counted["expired"],
        "unknown": counted["unknown"],
        "excluded": counted["excluded"],
    }
    ahead = (work.day, work.run_id)
    copy_rows(
        "reach_steps",
        STEP_COLUMNS,
        (
            (*ahead, person_id, work.channel, work.attempt, kind, moment, work.provider_id, reference, code, words)
            for person_id, kind, code, words, reference in results
        ),
    )
    goes_on = db.session.execute(PROGRESS, {**work.key, **more}).scalar_one_or_none()
    if goes_on is None:
        db.session.rollback()
        raise NotOurs
    db.session.commit()
    return bool(goes_on)


def _come_back(work: Work, seconds: float, *, has_turn: bool = False) -> None:
    """Let what is left of a chunk be sent later, by a job of its own."""
    job_id = jobs.enqueue(
        "reach.send",
        {"run_id": work.run_id, "chunk_no": work.chunk_no, "has_turn": has_turn},
        lane=work.lane,
        delay=timedelta(seconds=seconds),
    )
    db.session.execute(LATER, {**work.key, "job_id": job_id})


def _backoff(tries: int) -> float:
    """Seconds until the next try: up to 4, 8, 16 ... to an hour, any moment of it, so that not all come at once."""
    return 1 + random() * min(LONGEST_PAUSE, 2 ** (tries + 1))  # noqa: S311 - spreads load, hides nothing


@lru_cache(maxsize=256)
def _compiled(version_id: UUID, channel: str, locale: str) -> rendering.Compiled:
    return rendering.compile_version(_contents(version_id), channel, locale)


@lru_cache(maxsize=256)
def _keys(version_id: UUID, channel: str) -> tuple[str, ...]:
    """The placeholders of all languages together."""
    written = _contents(version_id)[channel]
    return tuple({key: None for locale in written for key in _compiled(version_id, channel, locale).keys})


@lru_cache(maxsize=64)
def _contents(version_id: UUID) -> dict[str, Any]:
    return db.session.get_one(TemplateVersion, version_id).contents
