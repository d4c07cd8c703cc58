"""Reading providers, how they do, and the addresses that are not written to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, func, literal, select, union_all

from app.core import metrics
from app.core.access import Actor
from app.core.clock import now, today
from app.core.db import db, in_words
from app.core.errors import Invalid, NotFound
from app.core.paging import Order, Page, keyset
from app.people.models import Customer, Person
from app.reach.channels.base import CHANNELS, STRATEGIES, Channel, Strategy
from app.reach.channels.models import Provider, Suppression
from app.reach.models import Chunk, Run

Rows = Select[*tuple[Any, ...]]
DAYS = 7
REASONS = {"bounced": "Does not arrive", "complained": "Complained", "by_hand": "By hand"}
ORDERS = {"at": Order((Suppression.added_at, Suppression.fingerprint), "When", descending=True)}


@dataclass(frozen=True)
class Figures:
    """What went by a provider in the last days."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0


@dataclass(frozen=True)
class Line:
    """A way of sending as the list shows it: a provider, or (None) what is built in. `sends`: it is the one in use."""

    provider: Provider | None
    strategy: type[Strategy] | None
    figures: Figures
    sends: bool


@dataclass(frozen=True)
class Lines:
    """A channel with all its ways of sending, and those that could be added."""

    channel: Channel
    lines: Sequence[Line]
    addable: Sequence[type[Strategy]]


def strategies() -> list[type[Strategy]]:
    """The kinds of providers that can be set up."""
    return [one for one in STRATEGIES.values() if can_be_set_up(one)]


def can_be_set_up(strategy: type[Strategy]) -> bool:
    """There is something to say of how it is to be spoken to."""
    return bool(strategy.settings)


def list_providers() -> Sequence[Provider]:
    """All providers, by channel and in the order in which they would send."""
    return db.session.scalars(select(Provider).order_by(Provider.channel, Provider.rank, Provider.provider_id)).all()


def list_channels() -> list[Lines]:
    """Every channel with its ways of sending."""
    rows, figures = list_providers(), _figures()
    return [
        _lines(channel, [one for one in rows if one.channel == channel.key], figures) for channel in CHANNELS.values()
    ]


def _lines(channel: Channel, rows: Sequence[Provider], figures: dict[tuple[str, UUID | None], Figures]) -> Lines:
    first = next((one for one in rows if one.is_enabled), None)
    lines = [
        Line(one, STRATEGIES.get(one.strategy), figures.get((channel.key, one.provider_id), Figures()), one is first)
        for one in rows
    ]
    its = [one for one in STRATEGIES.values() if one.channel == channel.key]
    built_in = next((one for one in its if one.is_built_in), None)
    if built_in is not None:
        lines.append(Line(None, built_in, figures.get((channel.key, None), Figures()), first is None))
    return Lines(channel, lines, [one for one in its if can_be_set_up(one)])


def _figures() -> dict[tuple[str, UUID | None], Figures]:
    """What went lately, by channel and provider; out of the few thousand chunks, not out of a million steps."""
    since = today() - timedelta(days=DAYS)
    sums = (func.sum(Chunk.sent), func.sum(Chunk.failed), func.sum(Chunk.unknown))
    query = select(Chunk.channel, Chunk.provider_id, *sums).join(Run, Run.run_id == Chunk.run_id)
    found = db.session.execute(query.where(Run.day >= since).group_by(Chunk.channel, Chunk.provider_id))
    return {(channel, provider_id): Figures(*counts) for channel, provider_id, *counts in found}


def get_provider(provider_id: UUID) -> Provider:
    """One provider. Raises: NotFound."""
    found = db.session.get(Provider, provider_id)
    if found is None:
        raise NotFound
    return found


def suppressible() -> list[Channel]:
    """The channels whose addresses can be kept from being written to."""
    return [one for one in CHANNELS.values() if one.fingerprint_of is not None]


def fingerprint_of(channel: str, address: str) -> bytes:
    """What an address that somebody typed is known by. Raises: Invalid, by field."""
    known = CHANNELS.get(channel)
    if known is None or known.fingerprint_of is None:
        raise Invalid(errors={"channel": ["Choose one of the list."]})
    if not address.strip():
        raise Invalid(errors={"address": ["Enter an address."]})
    try:
        return known.fingerprint_of(address)
    except Invalid as refusal:
        raise Invalid(errors={"address": [str(refusal)]}) from None


def find_suppression(channel: str, mark: bytes) -> Suppression | None:
    """Whether an address is on the list, and why."""
    return db.session.get(Suppression, (channel, mark))


def list_suppressions(*, channel: str = "", cursor: str = "", size: int = 50) -> Page[Any]:
    """The list by pages, the newest first; it holds no addresses, so it shows none."""
    columns = (Suppression.channel, Suppression.fingerprint, Suppression.reason, Suppression.words)
    query: Rows = select(*columns, Suppression.added_at, Person.name.label("by"))
    query = query.outerjoin(Person, Person.person_id == Suppression.added_by)
    if channel:
        query = query.where(Suppression.channel == channel)
    key = lambda row: [row.added_at, row.fingerprint]  # noqa: E731 - one line says it
    return keyset(query, orders=ORDERS, sort="at", cursor=cursor, size=size, key=key)


def rows_of(actor: Actor, _kind: str, customer_id: BindParameter[UUID]) -> Rows:
    """By which channels a customer's present address is not written to, and why; no row where it is."""
    found = []
    for place, channel in enumerate(one for one in CHANNELS.values() if one.fingerprint is not None):
        assert channel.fingerprint is not None
        found.append(
            select(
                literal(place).label("place"),
                literal(channel.key).label("channel"),
                literal(channel.label).label("channel_label"),
                func.encode(Suppression.fingerprint, "hex").label("mark"),
                in_words(Suppression.reason, REASONS).label("reason"),
                Suppression.words,
                Suppression.added_at,
                literal(actor.can("reach.providers")).label("can_release"),
            )
            .join(Customer, Suppression.fingerprint == channel.fingerprint())
            .where(Suppression.channel == channel.key, Customer.person_id == customer_id)
        )
    rows = union_all(*found).subquery("held")
    return select(rows).order_by(rows.c.place)


@metrics.collector
def collect() -> Iterable[tuple[str, str, dict[str, str], float]]:
    """Addresses that are not written to, and providers in trouble, for `/metrics`."""
    since = now() - timedelta(days=1)
    recent = select(Suppression.channel, Suppression.reason, func.count()).where(Suppression.added_at > since)
    for channel, reason, number in db.session.execute(recent.group_by(Suppression.channel, Suppression.reason)):
        labels = {"channel": channel, "reason": reason}
        yield "rapport_suppressed_last_day", "Addresses that came on the suppression list in a day", labels, number
    troubled = select(Provider.channel, func.count()).where(Provider.is_enabled, Provider.problem != "")
    for channel, number in db.session.execute(troubled.group_by(Provider.channel)):
        yield "rapport_providers_in_trouble", "Enabled providers that took nothing last", {"channel": channel}, number
