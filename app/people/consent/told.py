"""What others tell of many people at once, as a file does: judged by what holds, and written by a few statements."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from app.core.access import Actor
from app.core.clock import now
from app.core.db import copy_in, db, new_id, one_of
from app.core.display import day
from app.people.consent import actions, events, purposes
from app.people.consent.models import GRANTED, WITHDRAWN, Consent

Key = tuple[UUID, str, str]
Said = tuple[datetime, str]
"""When, and what; the newest is the largest, and of the same moment the stricter (see `queries.NEWEST_FIRST`)."""

NO = "no"
"""Not a yes, where one may be said, which is no withdrawal by itself: it ends what was asked or agreed to, and of whom
nobody knows of either it tells nothing."""


@dataclass(frozen=True)
class Told:
    """That somebody said yes, then if that is known, or wants no more, which holds from now on.

    `state`: granted, withdrawn, or `NO`.
    """

    person_id: UUID
    channel: str
    purpose: str
    state: str
    happened_at: datetime | None = None

    @property
    def key(self) -> Key:
        """Who, about what."""
        return self.person_id, self.channel, self.purpose

    @property
    def about(self) -> str:
        """What it is about, in a sentence."""
        return f"{purposes.PURPOSES[self.purpose].label} {purposes.CHANNELS[self.channel].by}"


class Verdict(NamedTuple):
    """What came of it: whether something is written down, and in words what, or why it does not hold."""

    is_new: bool
    words: str = ""


def record(told: Sequence[Told], *, actor: Actor, source: str, source_text: str) -> list[Verdict]:
    """Write down what is told, in as many statements for thousands as for one; says what came of each.

    What holds already, or was written down before, adds nothing, nor does a `NO` to what nobody asked. A yes that is
    older than a no is written down and does not hold; a yes of an unknown day brings back nobody who said no.
    Raises: Invalid without proof; NotFound.
    """
    if not told:
        return []
    proof, moment = actions.check_proof(source_text), now()
    actions.lock([one.person_id for one in told])
    log = _log_of({one.person_id for one in told})
    asked = log.keys() | {one.key for one in told if one.state == GRANTED}
    verdicts, lines = [], []
    for one in told:
        if one.state == NO and one.key not in asked:
            verdicts.append(Verdict(False))
            continue
        said, words = _judge(one, log[one.key], moment)
        if said is not None:
            log[one.key].append(said)
            lines.append((one, said))
        verdicts.append(Verdict(said is not None, words))
    _write(lines, actor, recorded_at=moment, source=source, source_text=proof)
    return verdicts


def _log_of(people: Collection[UUID]) -> dict[Key, list[Said]]:
    query = select(Consent.person_id, Consent.channel, Consent.purpose, Consent.happened_at, Consent.state)
    log: dict[Key, list[Said]] = defaultdict(list)
    for one in db.session.execute(query.where(one_of(Consent.person_id, people))):
        log[one.person_id, one.channel, one.purpose].append((one.happened_at, one.state))
    return log


def _judge(one: Told, log: Sequence[Said], moment: datetime) -> tuple[Said | None, str]:
    """What is to be written down of something that is told, None for nothing, and what came of it in words."""
    held, wanted = max(log, default=None), GRANTED if one.state == GRANTED else WITHDRAWN
    if held is None:
        return (one.happened_at or moment, wanted), _words(one)
    at, state = held
    if state == wanted:
        return None, ""
    if wanted == WITHDRAWN:
        return (max(moment, at), WITHDRAWN), _words(one)
    if state == WITHDRAWN and one.happened_at is None:
        return None, f"{one.about} stays withdrawn, they said no on {day(at)} and nothing says when they agreed"
    said = (one.happened_at or moment, GRANTED)
    if said > held:
        return said, _words(one)
    later = "withdrawn, they said no" if state == WITHDRAWN else "unconfirmed, they were asked"
    return None if said in log else said, f"{one.about} stays {later} later, on {day(at)}"


def _words(one: Told) -> str:
    return f"agrees to {one.about}" if one.state == GRANTED else f"wants no {one.about}"


def _write(lines: Sequence[tuple[Told, Said]], actor: Actor, **how: Any) -> None:
    wordings = {
        purpose: actions.current_wording(purpose).wording_id for purpose in {one.purpose for one, _said in lines}
    }
    written = [
        Consent(
            consent_id=new_id(),
            person_id=one.person_id,
            channel=one.channel,
            purpose=one.purpose,
            state=state,
            happened_at=at,
            wording_id=wordings[one.purpose],
            recorded_by=actor.id,
            **how,
        )
        for one, (at, state) in lines
    ]
    copy_in(written)
    for state, event in ((GRANTED, events.GRANTED), (WITHDRAWN, events.WITHDRAWN)):
        actions.tell(event, [line for line in written if line.state == state], actor=actor)
