"""What a task would do if it went now: asked by the very plan that a run follows, and nothing is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from app.core.access import Actor
from app.core.db import db, limited
from app.engine.filters.queries import here_and_now
from app.people.access import visible_to
from app.people.models import Customer
from app.reach import audience, runs
from app.reach.audience import REASONS, Rows, Terms
from app.reach.channels import opened
from app.reach.channels.base import CHANNELS, Local
from app.reach.channels.models import Provider
from app.reach.messages import placeholders, previews, rendering
from app.reach.messages import queries as messages
from app.reach.messages.placeholders import UNSUBSCRIBE
from app.reach.messages.previews import Somebody
from app.reach.messages.queries import TemplateRow
from app.reach.models import TouchTask

BUDGET = "3s"
SAMPLE_BUDGET = "2s"
SAMPLED = 5_000
SHOWN = 3
USUAL_PER_SECOND = 1_000
LOCAL_PER_SECOND = 20_000

SAMPLE = text("SELECT person_id FROM customers TABLESAMPLE BERNOULLI (:share) LIMIT :most")
HOW_MANY = text("SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = CAST('customers' AS regclass)")


@dataclass(frozen=True)
class Speed:
    """How fast a channel goes. `is_stated`: its provider says so; else it is what is usual."""

    per_second: int
    is_stated: bool


@dataclass(frozen=True)
class Estimate:
    """What would happen. `gets`: channel -> how many; `excluded`: channel and reason -> how many get nothing by it.

    `people`: how many are meant. With every channel each of them counts once by each channel. `is_about`: a sample
    was counted. `is_known` is False where nobody can say, such as how often an event will happen.
    """

    people: int = 0
    gets: Mapping[str, int] = field(default_factory=dict)
    excluded: Mapping[tuple[str, str], int] = field(default_factory=dict)
    seconds: int = 0
    speeds: Mapping[str, Speed] = field(default_factory=dict)
    is_about: bool = False
    is_known: bool = True
    trouble: Sequence[str] = ()

    @property
    def messages(self) -> int:
        """How many messages go."""
        return sum(self.gets.values())

    @property
    def nothing(self) -> int:
        """For how many nothing goes."""
        return sum(self.excluded.values())

    @property
    def rows(self) -> int:
        """What the numbers add up to: the people, by every channel each."""
        return self.messages + self.nothing

    @property
    def reasons(self) -> Mapping[str, int]:
        """Reason -> how many get nothing for it, the most frequent first."""
        counted: dict[str, int] = {}
        for (_channel, reason), many in self.excluded.items():
            counted[reason] = counted.get(reason, 0) + many
        return dict(sorted(counted.items(), key=lambda one: -one[1]))


@dataclass(frozen=True)
class Sample:
    """One of those who would get it, and what they would read. `parts`: label -> words."""

    person_id: str
    name: str
    channel: str
    parts: Sequence[tuple[str, str]]


def estimate(task: TouchTask) -> Estimate:
    """How many get it by which channel, how many get nothing for which reason, and how long it takes about.

    Bounded in time: what takes longer is told from a sample. Raises: BadFilter.
    """
    providers, trouble = opened.choose_each(task.channels)
    speeds = {channel: _speed(channel, provider) for channel, provider in providers.items()}
    if task.template_id is None or not task.channels:
        return Estimate(is_known=False, trouble=trouble)
    if task.timing == "event":
        return Estimate(is_known=False, speeds=speeds, trouble=trouble)
    terms, moment = runs.terms_of(task), here_and_now()
    try:
        with limited(statement_timeout=BUDGET, work_mem="64MB"):
            counted = _count(audience.plan(audience.members(task, moment), terms, moment))
        return _of(counted, terms, speeds, trouble)
    except OperationalError:
        return _sampled(task, terms, speeds, trouble)


def first_people(task: TouchTask, actor: Actor) -> list[Sample]:
    """The first few who would get it, as far as this actor may see them, each with their words."""
    if task.template_id is None or not task.channels or task.timing == "event":
        return []
    terms, moment = runs.terms_of(task), here_and_now()
    planned = audience.plan(audience.members(task, moment), terms, moment).subquery("planned")
    query = (
        select(planned.c.person_id, planned.c.channel)
        .join(Customer, Customer.person_id == planned.c.person_id)
        .where(planned.c.reason.is_(None), visible_to(actor))
        .limit(SHOWN)
    )
    try:
        with limited(statement_timeout=BUDGET):
            found = db.session.execute(query).tuples().all()
    except OperationalError:
        return []
    written = messages.get_row(task.template_id)
    shown = previews.these(actor, [person_id for person_id, _channel in found], about=task.invoice_id)
    return [
        _sample(shown[person_id], channel, written)
        for person_id, channel in found
        if person_id in shown and written.contents.get(channel)
    ]


def _sample(who: Somebody, channel: str, written: TemplateRow) -> Sample:
    said = previews.said_to(who, written.contents, channel, purpose=written.purpose)
    return Sample(who.person_id, who.name or "Unnamed", channel, _read(channel, said))


def example_of(contents: Mapping[str, Any], channel: str) -> list[tuple[str, str]]:
    """What a version says by a channel, with an example for each placeholder. Shape: label, words."""
    examples = {key: said for key, said in placeholders.examples().items() if key != UNSUBSCRIBE}
    locale = rendering.nearest(rendering.USUAL_LOCALE, contents[channel])
    return _read(channel, rendering.compile_version(contents, channel, locale).render(examples))


def _read(channel: str, said: Mapping[str, str]) -> list[tuple[str, str]]:
    """What of the words people read: of a mail its plain part."""
    labels = {one.key: one.label for one in CHANNELS[channel].parts} | {"text": "Text"}
    return [(labels.get(key, key), words) for key, words in said.items() if key != "html" and words]


def _speed(channel: str, provider: Provider | None) -> Speed:
    if provider is not None and provider.per_second:
        return Speed(provider.per_second, is_stated=True)
    built_in = opened.built_in(channel) if provider is None else None
    is_local = built_in is not None and issubclass(built_in, Local)
    return Speed(LOCAL_PER_SECOND if is_local else USUAL_PER_SECOND, is_stated=False)


Counted = Sequence[tuple[str, str | None, int]]


def _count(planned: Rows) -> Counted:
    each = planned.subquery("planned")
    query = select(each.c.channel, each.c.reason, func.count()).group_by(each.c.channel, each.c.reason)
    return db.session.execute(query).tuples().all()


def _of(
    counted: Counted,
    terms: Terms,
    speeds: Mapping[str, Speed],
    trouble: Sequence[str],
    scale: Callable[[int], int] = lambda many: many,
    *,
    is_about: bool = False,
) -> Estimate:
    gets = {channel: scale(many) for channel, reason, many in counted if reason is None}
    excluded = {(channel, reason): scale(many) for channel, reason, many in counted if reason is not None}
    rows = sum(gets.values()) + sum(excluded.values())
    by_each = len(terms.channels) if terms.reach_by == "every" else 1
    taken = [-(-many // speeds[channel].per_second) for channel, many in gets.items() if channel in speeds]
    known = {channel: gets[channel] for channel in terms.channels if channel in gets}
    return Estimate(rows // by_each, known, excluded, max(taken, default=0), speeds, is_about=is_about, trouble=trouble)


def _sampled(task: TouchTask, terms: Terms, speeds: Mapping[str, Speed], trouble: Sequence[str]) -> Estimate:
    """The same of some customers, drawn by chance, and scaled up."""
    customers = db.session.scalar(HOW_MANY) or 1
    share = min(100.0, 100 * SAMPLED / customers)
    moment = here_and_now()
    try:
        with limited(statement_timeout=SAMPLE_BUDGET):
            drawn = db.session.scalars(SAMPLE, {"share": share, "most": 2 * SAMPLED}).all()
            members = audience.members(task, moment, drawn)
            counted = _count(audience.plan(members, terms, moment, drawn))
    except OperationalError:
        return Estimate(is_known=False, speeds=speeds, trouble=trouble)
    times = customers / max(1, len(drawn))
    return _of(counted, terms, speeds, trouble, lambda many: round(many * times), is_about=True)


def words_of(reason: str) -> str:
    """Why somebody gets nothing, in words."""
    return REASONS.get(reason, reason)
