"""Reading consent: what holds for whom, the log, and the wordings.

What holds is the newest line of the log, read through `ix_consents_latest`; there is no table of present states.
The index has every column that is asked for, in the order it is asked for, so all people's states for one channel
and purpose are one pass over a part of it, without sorting and without reading the log itself. A second table would
have to be kept in step when customers are merged, parted and erased, and could say something else than the proof.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    RowMapping,
    Select,
    Subquery,
    Text,
    Uuid,
    and_,
    cast,
    column,
    func,
    literal,
    select,
    true,
    values,
)

from app.core import metrics
from app.core.access import Actor
from app.core.clock import now
from app.core.db import Few, db, in_words, one_of
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.people.consent import purposes
from app.people.consent.models import GRANTED, PENDING, Consent, Wording
from app.people.models import Customer, Person

Rows = Select[*tuple[Any, ...]]
NEWEST_FIRST = (Consent.happened_at.desc(), Consent.state.desc(), Consent.consent_id.desc())
"""By time; of the same moment the stricter: withdrawn, pending, granted happens to be their order as words."""
ORDERS = {"at": Order((Consent.happened_at, Consent.consent_id), "When", descending=True)}


@dataclass(frozen=True)
class Words:
    """What people agree to for a purpose, as it stands now."""

    purpose: str
    version: int
    body: str
    written_at: datetime | None = None


def standing(channel: str, purpose: str, among: Few | None = None) -> Subquery:
    """What holds of everybody, or some, who ever said something about this channel and purpose, for a join.

    Shape: one row a person: person_id (also as `parent`), state, consent_id, which a send has to name.
    """
    of_these = true() if among is None else one_of(Consent.person_id, among)
    return (
        select(Consent.person_id, Consent.person_id.label("parent"), Consent.state, Consent.consent_id)
        .where(Consent.channel == channel, Consent.purpose == purpose, of_these)
        .order_by(Consent.person_id, *NEWEST_FIRST)
        .distinct(Consent.person_id)
        .subquery(f"consent_{channel}_{purpose}")
    )


def may_be_written_to(channel: str, purpose: str) -> Rows:
    """The customers to whom may be written now, with the consent that says so; NULL where none is needed.

    Shape: person_id, consent_id. Join it as it is sent, not only as it is planned: a withdrawal holds at once.
    """
    here = Customer.erased_at.is_(None)
    if not purposes.PURPOSES[purpose].needs_consent:
        return select(Customer.person_id, literal(None).label("consent_id")).where(here)
    held = standing(channel, purpose)
    query = select(Customer.person_id, held.c.consent_id).join(held, held.c.person_id == Customer.person_id)
    return query.where(held.c.state == GRANTED, here)


def find_standing(person_id: UUID, channel: str, purpose: str) -> Consent | None:
    """What holds of one person; None when they never said anything."""
    asked = (Consent.channel == channel, Consent.purpose == purpose, Consent.person_id == person_id)
    return db.session.scalar(select(Consent).where(*asked).order_by(*NEWEST_FIRST).limit(1))


def states_of(person_id: UUID) -> dict[tuple[str, str], Consent]:
    """What holds of one person, by channel and purpose."""
    query = select(Consent).where(Consent.person_id == person_id)
    query = query.order_by(Consent.channel, Consent.purpose, *NEWEST_FIRST)
    found = db.session.scalars(query.distinct(Consent.channel, Consent.purpose))
    return {(one.channel, one.purpose): one for one in found}


def _pairs() -> Any:
    """Everything that can be agreed to, as a table."""
    rows = [(place, one.key, purpose.key) for place, (one, purpose) in enumerate(purposes.pairs())]
    table = values(column("place"), column("channel", Text), column("purpose", Text), name="asked")
    return table.data(rows)


def _label(key: ColumnElement[str], known: Mapping[str, Any]) -> ColumnElement[str]:
    return in_words(key, {one.key: one.label for one in known.values()}).label(f"{key.key}_label")


def _latest(person_id: Any, channel: Any, purpose: Any) -> FromClause:
    asked = (Consent.channel == channel, Consent.purpose == purpose, Consent.person_id == person_id)
    return select(Consent).where(*asked).order_by(*NEWEST_FIRST).limit(1).lateral("latest")


def rows_of(actor: Actor, _kind: str, person_id: BindParameter[UUID]) -> Rows:
    """What holds of a customer, a row for all that can be agreed to; `state` is NULL where nobody asked."""
    asked = _pairs()
    latest = _latest(person_id, asked.c.channel, asked.c.purpose)
    erased = select(Customer.erased_at.is_not(None)).where(Customer.person_id == person_id).scalar_subquery()
    return (
        select(
            cast(person_id, Uuid).label("customer_id"),
            asked.c.channel,
            asked.c.purpose,
            _label(asked.c.channel, purposes.CHANNELS),
            _label(asked.c.purpose, purposes.PURPOSES),
            latest.c.state,
            latest.c.happened_at,
            latest.c.source,
            and_(literal(actor.can("consent.record")), ~erased).label("can_record"),
        )
        .select_from(asked)
        .outerjoin(latest, true())
        .order_by(asked.c.place)
    )


def list_states(actor: Actor, person_id: UUID) -> Sequence[RowMapping]:
    """The rows of `rows_of`, for one customer."""
    asked = rows_of(actor, "customer", literal(person_id))
    return db.session.execute(asked).mappings().all()


def log_of(person_id: Any) -> Rows:
    """The whole log of one person, each line with its wording and who wrote it down."""
    latest = select(Consent.consent_id).where(Consent.person_id == person_id)
    latest = latest.order_by(Consent.channel, Consent.purpose, *NEWEST_FIRST).distinct(Consent.channel, Consent.purpose)
    return (
        select(
            Consent.consent_id,
            Consent.person_id,
            Consent.channel,
            Consent.purpose,
            Consent.state,
            Consent.consent_id.in_(latest.scalar_subquery()).label("is_current"),
            Consent.happened_at,
            Consent.recorded_at,
            Consent.source,
            Consent.source_text,
            Consent.ip,
            Consent.recorded_by,
            Person.name.label("by"),
            Wording.version.label("wording_version"),
            Wording.body.label("wording"),
        )
        .outerjoin(Wording, Wording.wording_id == Consent.wording_id)
        .outerjoin(Person, Person.person_id == Consent.recorded_by)
        .where(Consent.person_id == person_id)
    )


def list_log(person_id: UUID, *, cursor: str = "", size: int = 50) -> Page[Any]:
    """The log by pages, the newest first."""
    key = lambda row: [row.happened_at, row.consent_id]  # noqa: E731 - one line says it
    return keyset(log_of(person_id), orders=ORDERS, sort="at", cursor=cursor, size=size, key=key)


def get_line(person_id: UUID, consent_id: UUID) -> Any:
    """One line as the log shows it. Raises: NotFound."""
    found = db.session.execute(log_of(person_id).where(Consent.consent_id == consent_id)).first()
    if found is None:
        raise NotFound
    return found


def get_consent(consent_id: UUID) -> tuple[Consent, Customer]:
    """A line and whose it is now. Raises: NotFound, also for who was erased."""
    query = select(Consent, Customer).join(Customer, Customer.person_id == Consent.person_id)
    found = db.session.execute(query.where(Consent.consent_id == consent_id, Customer.erased_at.is_(None))).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


@dataclass(frozen=True)
class Choices:
    """All that somebody may agree to, and how they stand."""

    states: Mapping[tuple[str, str], Consent]
    held: Collection[tuple[str, str]]
    words: Mapping[str, Words]
    asked: Collection[purposes.Purpose]
    unasked: Collection[purposes.Purpose]
    channels: Mapping[str, purposes.Channel]


def choices_of(customer: Customer) -> Choices:
    """What a customer may choose among."""
    states = states_of(customer.person_id)
    unasked = [one for one in purposes.PURPOSES.values() if not one.needs_consent]
    return Choices(states, holds(states, states), words_now(), purposes.asked_for(), unasked, purposes.CHANNELS)


def find_wording(purpose: str, version: int | None = None) -> Wording | None:
    """A version of a wording, or the newest."""
    query = select(Wording).where(Wording.purpose == purpose).order_by(Wording.version.desc()).limit(1)
    return db.session.scalar(query if version is None else query.where(Wording.version == version))


def get_wording(wording_id: UUID) -> Wording:
    """One version of a wording. Raises: NotFound."""
    found = db.session.get(Wording, wording_id)
    if found is None:
        raise NotFound
    return found


def words_of(consent: Consent) -> str:
    """The words that a line names; "" where it names none."""
    return db.session.scalar(select(Wording.body).where(Wording.wording_id == consent.wording_id)) or ""


def words_now() -> dict[str, Words]:
    """What people agree to now, by purpose."""
    newest = select(Wording).order_by(Wording.purpose, Wording.version.desc()).distinct(Wording.purpose)
    written = {
        one.purpose: Words(one.purpose, one.version, one.body, one.written_at) for one in db.session.scalars(newest)
    }
    return {one.key: written.get(one.key, Words(one.key, 1, one.usual)) for one in purposes.asked_for()}


def list_wordings(purpose: str = "", *, cursor: str = "", size: int = 50) -> Page[Any]:
    """All versions of what people agreed to, the newest first, with who wrote it and how many lines name it."""
    query: Rows = select(
        Wording.wording_id,
        Wording.purpose,
        Wording.version,
        Wording.body,
        Wording.written_at,
        Wording.written_by,
        Person.name.label("by"),
    ).outerjoin(Person, Person.person_id == Wording.written_by)
    if purpose:
        query = query.where(Wording.purpose == purpose)
    orders = {"at": Order((Wording.written_at, Wording.wording_id), "When", descending=True)}
    key = lambda row: [row.written_at, row.wording_id]  # noqa: E731 - one line says it
    return keyset(query, orders=orders, sort="at", cursor=cursor, size=size, key=key)


def agreed(people: Collection[UUID], purpose: str) -> Rows:
    """By which channels some people agreed to a purpose: id, channels. Who agreed to none is left out."""
    latest = (
        select(Consent.person_id, Consent.channel, Consent.state)
        .where(Consent.purpose == purpose, one_of(Consent.person_id, people))
        .order_by(Consent.person_id, Consent.channel, *NEWEST_FIRST)
        .distinct(Consent.person_id, Consent.channel)
        .subquery()
    )
    query = select(latest.c.person_id.label("id"), func.array_agg(latest.c.channel).label("channels"))
    return query.where(latest.c.state == GRANTED).group_by(latest.c.person_id)


def holds(states: Mapping[tuple[str, str], Consent], pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Which of some pairs are agreed to, or wait for an answer."""
    return [pair for pair in pairs if pair in states and states[pair].state in (GRANTED, PENDING)]


@metrics.collector
def collect() -> Iterable[tuple[str, str, dict[str, str], float]]:
    """What was recorded in the last day, for `/metrics`."""
    recent = select(Consent.state, func.count()).where(Consent.recorded_at > now() - timedelta(days=1))
    for state, number in db.session.execute(recent.group_by(Consent.state)):
        yield "rapport_consents_last_day", "Lines written to the log of consent in a day", {"state": state}, number
