"""Finding quotes."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, case, func, select

from app.accounts.sign_ins import hash_of
from app.core import metrics
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, padded
from app.core.errors import NotFound
from app.deals.access import visible_to
from app.deals.models import Deal
from app.deals.quotes.models import Quote, QuoteLine


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
    label = func.concat("Q-", padded(Quote.number, 6))
    suffix = case((Quote.revision > 1, func.concat("/", Quote.revision)), else_="")
    return (
        select(
            Quote.quote_id,
            func.concat(label, suffix).label("label"),
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
