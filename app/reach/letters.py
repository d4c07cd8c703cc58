"""A chunk whose messages are rows of our own database: put together, written and told of in one statement.

So a million of them cost hardly more than their rows, nobody gets one twice, and none is there that nobody knows of.
"""

import json
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    CTE,
    DateTime,
    Insert,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    column,
    exists,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from app.core.clock import now
from app.core.db import db
from app.engine.filters.queries import here_and_now
from app.engine.filters.spans import Moment
from app.reach import audience, knowledge, queries, references
from app.reach.audience import Terms
from app.reach.channels.base import Local
from app.reach.messages import placeholders, rendering, versions
from app.reach.models import Delivery, Step

AT = bindparam("at", type_=DateTime(timezone=True))
ATTEMPT = bindparam("attempt", type_=Integer)
LO, HI = bindparam("person_lo", type_=Uuid), bindparam("person_hi", type_=Uuid)
PEOPLE = bindparam("people", type_=ARRAY(Uuid))
TOLD = bindparam("told", type_=JSONB)


class Sort(NamedTuple):
    """What the chunks of a run by one channel have in common."""

    run_id: int
    day: date
    channel: str
    version_id: UUID
    purpose: str
    expires_at: datetime
    still_true: str
    is_again: bool
    is_by_name: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """The placeholders in its words."""
        return versions.keys_of(self.version_id, self.channel)


def write(chunk: Any, strategy: Local) -> dict[str, int]:
    """Write the messages to those who still may get one, and what became of each, in the present transaction.

    `chunk`: what `sending.BEGIN` answers with. Returns how many there are of each kind of step.
    """
    still_true = json.dumps(chunk.still_true)
    what = (chunk.run_id, chunk.day, chunk.channel, chunk.version_id, chunk.purpose, chunk.expires_at, still_true)
    sort = Sort(*what, is_again=chunk.attempt > 1, is_by_name=chunk.people is not None)
    here = here_and_now()
    this_minute = Moment(here.now.replace(second=0, microsecond=0), here.zone)
    those = ("people",) if sort.is_by_name else ("person_lo", "person_hi")
    values = {"attempt": chunk.attempt, "at": now(), **{name: getattr(chunk, name) for name in those}}
    if knowledge.is_asked(sort.keys):
        people = db.session.scalars(_left(sort), values).all()
        known = knowledge.of_people(chunk, sort.keys, people)
        values["told"] = {str(person_id): texts for person_id, texts in known.items()}
    return dict(db.session.execute(_statement(sort, strategy, this_minute), values).tuples().all())


@lru_cache(maxsize=16)
def _statement(sort: Sort, strategy: Local, moment: Moment) -> Select[str, int]:
    """Put together once for all chunks of a minute, which takes longer than to send one."""
    meant = _left(sort).cte("meant")
    columns = placeholders.columns(sort.keys)
    terms = Terms(sort.purpose, (sort.channel,), still_true=json.loads(sort.still_true))
    still = audience.why_not(sort.channel, terms, moment, select(meant.c.person_id), *columns).cte("still")
    values = {known.name: still.c[known.name] for known in columns}
    source: Any = still
    if knowledge.is_asked(sort.keys):
        told = func.jsonb_each(TOLD).table_valued("key", column("value", JSONB), name="told")
        source = still.outerjoin(told, told.c.key == cast(still.c.person_id, Text))
        values |= {key: func.coalesce(told.c.value[key].astext, "") for key in sort.keys if key not in values}
    texts = rendering.columns(versions.contents_of(sort.version_id), sort.channel, still.c.locale, values)
    message = {
        "person_id": still.c.person_id,
        "reference": references.column(sort.run_id, still.c.person_id, sort.channel),
        "at": AT,
        "expires_at": literal(sort.expires_at),
        **texts,
    }
    messages = select(*(said.label(name) for name, said in message.items()))
    messages = messages.select_from(source).where(still.c.reason.is_(None))
    written = strategy.insert(messages.subquery("messages")).cte("written")
    steps = _steps(sort, meant, still).returning(Step.kind).cte("steps")
    return select(steps.c.kind, func.count()).group_by(steps.c.kind).add_cte(written)


def _left(sort: Sort) -> Select[UUID]:
    """Those of a chunk of whom nothing is written down yet."""
    by_range = Delivery.person_id.between(LO, HI)
    left = queries.planned(sort, Delivery.person_id == any_(PEOPLE) if sort.is_by_name else by_range)
    if not sort.is_again:
        return left
    return left.where(~exists().where(queries.OF_DELIVERY))


def _steps(sort: Sort, meant: CTE, still: CTE) -> Insert:
    """That each got it, or why not; who is in no row of ours any more was erased."""
    reason = case((still.c.person_id.is_(None), "erased"), else_=still.c.reason)
    step: dict[str, Any] = {
        "day": literal(sort.day),
        "run_id": literal(sort.run_id),
        "person_id": meant.c.person_id,
        "channel": literal(sort.channel),
        "attempt": ATTEMPT,
        "kind": case((reason.is_(None), "sent"), else_="excluded"),
        "at": AT,
        "code": func.coalesce(reason, ""),
    }
    rows = select(*step.values()).select_from(meant.outerjoin(still, still.c.person_id == meant.c.person_id))
    return insert(Step).from_select(list(step), rows, include_defaults=False)
