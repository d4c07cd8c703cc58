"""Finding quotes."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, case, func, select

from app.accounts.sign_ins import hash_of
from app.core import metrics
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, one_of, padded
from app.core.errors import NotFound
from app.core.paging import Count, Order, Page, estimate, keyset, ordered
from app.deals.access import visible_to
from app.deals.models import Deal
from app.deals.quotes.models import Quote, QuoteLine
from app.engine.filters.queries import here_and_now
from app.engine.filters.sql import narrow
from app.engine.filters.tree import Filter

NUMBER = re.compile(r"(?:q-|#)?0*([1-9][0-9]{0,17})(?:/[0-9]+)?", re.IGNORECASE)
ORDERS = {
    "at": Order((Quote.created_at, Quote.quote_id), "Made"),
    "valid": Order((Quote.valid_until, Quote.quote_id), "Valid until"),
    "total": Order((Quote.total_minor, Quote.quote_id), "Total"),
}
GROUPS: dict[str, ColumnElement[Any]] = {"state": Quote.state.expression}
LABEL = func.concat(
    "Q-", padded(Quote.number, 6), case((Quote.revision > 1, func.concat("/", Quote.revision)), else_="")
)


@dataclass(frozen=True)
class QuoteFilter:
    """What a list of quotes is narrowed to; "" or None leaves it open."""

    q: str = ""
    state: str = ""
    where: Filter | None = None

    @property
    def is_open(self) -> bool:
        """Nothing is narrowed."""
        return self == QuoteFilter()


@dataclass(frozen=True)
class QuoteRow:
    """A quote as a list shows it."""

    quote: Quote
    deal_title: str


class LinkGone(NotFound):
    """The link was ended, is too old, was replaced by a newer one, or never was."""

    title = "This link no longer works"


def get_quote(actor: Actor, quote_id: UUID) -> tuple[Quote, Deal]:
    """The door to one quote, with its deal. Raises: NotFound when the deal is not visible to this actor."""
    query = select(Quote, Deal).join(Deal, Deal.deal_id == Quote.deal_id)
    found = db.session.execute(query.where(Quote.quote_id == quote_id, visible_to(actor))).first()
    if found is None:
        raise NotFound
    return found[0], found[1]


def get_by_token(token: str, *, for_answer: bool = False) -> Quote:
    """The quote behind a link; `for_answer` holds it, so that of two answers one counts. Raises: LinkGone."""
    query = select(Quote).where(Quote.token_hash == hash_of(token), Quote.token_expires_at > now())
    quote = db.session.scalar(query.with_for_update() if for_answer else query)
    if quote is None:
        raise LinkGone("It is too old, was ended, or a newer one was sent. Ask for a new one.")
    return quote


def page_of_quotes(
    actor: Actor, wanted: QuoteFilter, *, sort: str = "-at", cursor: str = "", size: int = 25, group: str = ""
) -> Page[QuoteRow]:
    """One page of the quotes of all deals this actor may see."""
    page = keyset(_matching(actor, wanted), orders=_orders(group), sort=sort, cursor=cursor, size=size)
    return Page(rows_in_list(actor, page.rows), page.next, page.previous, page.size, page.sort)


def select_quotes(actor: Actor, wanted: QuoteFilter, *, sort: str, group: str) -> Select[Any]:
    """All quotes that a list finds, each with its deal's title, in its order."""
    return ordered(_matching(actor, wanted), _orders(group), sort)


def count_quotes(actor: Actor, wanted: QuoteFilter, *, group: str = "") -> Count:
    """How many quotes the list has, in bounded time."""
    return estimate(_matching(actor, wanted), known_as=f"quotes {actor.id} {wanted!r}", group=GROUPS.get(group))


def rows_in_list(_actor: Actor, found: Sequence[Any]) -> list[QuoteRow]:
    """Quotes as a list shows them."""
    return [QuoteRow(quote, title) for quote, title in found]


def find_names(actor: Actor, ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of some quotes, as far as the actor may see their deals."""
    query = select(Quote.quote_id, LABEL).join(Deal, Deal.deal_id == Quote.deal_id)
    return dict(db.session.execute(query.where(one_of(Quote.quote_id, ids), visible_to(actor))).tuples().all())


def search_quotes(actor: Actor, words: str, limit: int) -> list[QuoteRow]:
    """The quotes of a number somebody typed, the newest version first."""
    if not NUMBER.fullmatch(words.strip()):
        return []
    return page_of_quotes(actor, QuoteFilter(q=words), size=limit).rows  # type: ignore[return-value]


def _orders(group: str) -> dict[str, Order]:
    return {key: order.led_by(GROUPS.get(group)) for key, order in ORDERS.items()}


def _matching(actor: Actor, wanted: QuoteFilter) -> Select[Any]:
    query = select(Quote).join(Deal, Deal.deal_id == Quote.deal_id).where(visible_to(actor))
    if wanted.state:
        query = query.where(Quote.state == wanted.state)
    if wanted.where:
        query = narrow(query, wanted.where, here_and_now())
    if wanted.q:
        number = NUMBER.fullmatch(wanted.q.strip())
        said = func.strpos(func.fold(Quote.customer_name + " " + Deal.title), func.fold(wanted.q)) > 0
        query = query.where(Quote.number == int(number[1]) if number else said)
    return query.add_columns(Deal.title)


def list_lines(quote_id: UUID) -> Sequence[QuoteLine]:
    """What is on a quote, in order."""
    return db.session.scalars(
        select(QuoteLine).where(QuoteLine.quote_id == quote_id).order_by(QuoteLine.position)
    ).all()


def list_quotes(deal_id: UUID) -> Sequence[Quote]:
    """All versions of all quotes of a deal, the newest first."""
    return db.session.scalars(select(Quote).where(Quote.deal_id == deal_id).order_by(Quote.quote_id.desc())).all()


def find_latest(deal_id: UUID, number: int) -> Quote | None:
    """The newest version of a deal's quote."""
    of_deal = (Quote.deal_id == deal_id, Quote.number == number)
    return db.session.scalars(select(Quote).where(*of_deal).order_by(Quote.revision.desc()).limit(1)).first()


def rows_of(_actor: Actor, _kind: str, deal_id: BindParameter[UUID]) -> Select[*tuple[Any, ...]]:
    """The quotes of a deal as its panel shows them."""
    return (
        select(
            Quote.quote_id,
            LABEL.label("label"),
            Quote.state,
            Quote.total_minor,
            Quote.currency,
            Quote.valid_until,
        )
        .where(Quote.deal_id == deal_id)
        .order_by(Quote.quote_id.desc())
        .limit(10)
    )


@metrics.collector
def _how_many() -> Iterable[tuple[str, str, dict[str, str], float]]:
    for state, number in db.session.execute(select(Quote.state, func.count()).group_by(Quote.state)):
        yield "rapport_quotes", "Quotes by what became of them", {"state": state}, number
