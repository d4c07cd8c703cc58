"""Making, sending and answering quotes."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.accounts.sign_ins import hash_of
from app.core import web
from app.core.access import SYSTEM, Actor
from app.core.clock import now, today
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.money import format_money
from app.deals.actions import closing, deals, lines
from app.deals.models import Deal, amount_of
from app.deals.queries import deals as deal_queries
from app.deals.queries import pipelines
from app.deals.queries.deals import Line
from app.deals.quotes import queries
from app.deals.quotes.models import NUMBERS, Quote, QuoteLine
from app.engine.events import actions as events
from app.engine.notices import actions as notices
from app.engine.notices.actions import Mail
from app.people.models import Customer
from app.sales.models import Receipt
from app.taxes import queries as taxes
from app.taxes.calculating import Tax, tax_on

LONGEST_VALID = timedelta(days=36525)
LONGEST_TERMS = 5_000
LONGEST_NAME = 200
LONGEST_REASON = 1_000
READABLE_AFTER = timedelta(days=14)


class AnsweredAlready(Conflict):
    """A quote is answered once."""

    title = "This quote was answered already"


@dataclass(frozen=True)
class QuoteDetails:
    """What a quote says beside its lines. Without `accept_stage_id`, accepting it wins the deal."""

    valid_until: date
    terms: str = ""
    accept_stage_id: UUID | None = None


def make_quote(deal: Deal, details: QuoteDetails, *, actor: Actor, replaces: Quote | None = None) -> Quote:
    """Write down what is on a deal now as a quote, or as the next version of one, which it replaces.

    Each line has the tax that its product has now, put into its price where that is without.
    Raises: Invalid for a deal without products or a day in the past; Conflict for a closed deal or an accepted quote.
    """
    deal_queries.lock_deal(deal)
    if not deal.is_open:
        raise Conflict(f"“{deal.title}” is {deal.state}. Open it again to quote for it.")
    offered = deal_queries.list_lines(deal.deal_id)
    _check(details, deal, has_lines=bool(offered))
    earlier = queries.find_latest(deal.deal_id, replaces.number) if replaces else None
    if earlier:
        _replace(earlier)
    quoted = _lines(offered)
    quote = Quote(
        **vars(details),
        deal_id=deal.deal_id,
        number=earlier.number if earlier else db.session.scalar(NUMBERS),
        revision=earlier.revision + 1 if earlier else 1,
        customer_name=_name_of(deal),
        currency=deal.currency,
        total_minor=sum(line.amount_minor for line in quoted),
        created_by=actor.id,
    )
    db.session.add(quote)
    db.session.flush()
    for line in quoted:
        line.quote_id = quote.quote_id
    db.session.add_all(quoted)
    db.session.flush()
    _tell("quote.created", quote, actor, f"Quote {quote.label} made")
    return quote


def _lines(offered: Sequence[Line]) -> list[QuoteLine]:
    """What is on a deal as a customer pays it: tax and all."""
    rates = taxes.taxes_of([one.product.product_id for one in offered])
    return [_line(position, one, rates[one.product.product_id]) for position, one in enumerate(offered, 1)]


def _line(position: int, one: Line, tax: Tax) -> QuoteLine:
    each = one.line.unit_price_minor if tax.is_included else tax_on(one.line.unit_price_minor, tax).amount_minor
    amount = amount_of(one.line.quantity, each, one.line.discount_share)
    return QuoteLine(
        position=position,
        product_id=one.product.product_id,
        description=one.product.name,
        quantity=one.line.quantity,
        unit_price_minor=each,
        discount_share=one.line.discount_share,
        amount_minor=amount,
        tax_name=tax.name,
        tax_share=tax.share,
        tax_minor=tax_on(amount, replace(tax, is_included=True)).tax_minor,
    )


def make_link(quote: Quote) -> str:
    """A new secret for the customer's page; an earlier one stops working. Raises: Conflict for a quote that is over."""
    _refuse_over(quote)
    token = secrets.token_urlsafe(32)
    end = datetime.combine(quote.valid_until, time.max, UTC) + READABLE_AFTER
    quote.token_hash, quote.token_expires_at = hash_of(token), end
    db.session.flush()
    return token


def revoke_link(quote: Quote) -> None:
    """Let the customer's page be found no more."""
    quote.token_hash = quote.token_expires_at = None
    db.session.flush()


def send_quote(quote: Quote, deal: Deal, *, actor: Actor, workspace: str) -> Customer:
    """Mail the customer a link to the quote. Raises: Invalid without an address; Conflict."""
    customer = db.session.get(Customer, deal.customer_id) if deal.customer_id else None
    if customer is None or not customer.email:
        raise Invalid("The customer of this deal has no email. Add one, or give them the link yourself.")
    token = make_link(quote)
    mail = Mail(
        subject=f"Quote {quote.label} from {workspace}",
        paragraphs=(
            f"Hello {customer.first_name or customer.name},",
            f"here is our quote for “{deal.title}” over {format_money(quote.total_minor, quote.currency)}."
            f" It is valid until {quote.valid_until:%d %B %Y}.",
            "You can read it, download it and answer it behind this link.",
        ),
        action_label="See the quote",
        action_url=web.public_url(f"/q/{token}"),
    )
    notices.send_mail(customer.email, mail, person_id=customer.person_id, is_secret=True)
    quote.sent_at = now()
    db.session.flush()
    _tell("quote.sent", quote, actor, f"Quote {quote.label} mailed")
    return customer


def withdraw_quote(quote: Quote, *, actor: Actor) -> None:
    """Take an open quote back; its page says so. Raises: Conflict for a quote that is over."""
    _refuse_over(quote)
    quote.state = "withdrawn"
    db.session.flush()
    _tell("quote.withdrawn", quote, actor, f"Quote {quote.label} withdrawn")


def note_seen(quote: Quote) -> None:
    """Remember when the customer first opened the quote."""
    if quote.seen_at is None:
        quote.seen_at = now()
        db.session.flush()


def accept_quote(quote: Quote, name: str, address: str) -> None:
    """The customer says yes. The caller holds the quote.

    The deal is won with what is on the quote, or moves to the stage named there. Where that cannot be, such as
    when nobody is named who buys, the acceptance counts and the owner is told what is left to do.
    Raises: Invalid without a name; AnsweredAlready; Conflict for a quote that is over.
    """
    if not 1 <= len(name) <= LONGEST_NAME:
        raise Invalid(errors={"name": ["Type your name."]})
    _answer(quote, "accepted", name, address)
    deal = db.session.get_one(Deal, quote.deal_id)
    left_to_do = _move_on(quote, deal)
    amount = format_money(quote.total_minor, quote.currency)
    _tell("quote.accepted", quote, SYSTEM, f"Quote {quote.label} accepted by {name}", by=name)
    _notify(deal, quote, f"{name} accepted quote {quote.label}", left_to_do or f"{deal.title}, {amount}")


def decline_quote(quote: Quote, name: str, address: str, reason: str) -> None:
    """The customer says no, and why. The caller holds the quote. Raises: Invalid; AnsweredAlready; Conflict."""
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise Invalid(errors={"reason": [f"Tell us why, in at most {LONGEST_REASON:,} characters."]})
    if len(name) > LONGEST_NAME:
        raise Invalid(errors={"name": [f"Use at most {LONGEST_NAME} characters."]})
    _answer(quote, "declined", name, address)
    quote.decline_reason = reason
    db.session.flush()
    deal = db.session.get_one(Deal, quote.deal_id)
    who = name or quote.customer_name or "The customer"
    _tell("quote.declined", quote, SYSTEM, f"Quote {quote.label} declined: {reason}", by=name, reason=reason)
    _notify(deal, quote, f"{who} declined quote {quote.label}", reason)


def forget_customer(customer_id: UUID) -> None:
    """Take what names an erased customer off their quotes, and end the links."""
    theirs = select(Deal.deal_id).where(Deal.customer_id == customer_id)
    db.session.execute(
        update(Quote)
        .where(Quote.deal_id.in_(theirs))
        .values(
            customer_name="Erased customer", answered_by="", answered_from="", token_hash=None, token_expires_at=None
        )
    )


def _move_on(quote: Quote, deal: Deal) -> str:
    """Win the deal or move it; returns what is left to do where that is refused."""
    try:
        with db.session.begin_nested():
            if quote.accept_stage_id is not None:
                deals.move_deal(deal, pipelines.get_stage(quote.accept_stage_id), actor=SYSTEM)
            else:
                _win(quote, deal)
    except (Invalid, Conflict) as refusal:
        db.session.refresh(deal)
        words = [sentence for some in getattr(refusal, "errors", {}).values() for sentence in some]
        return f"{deal.title} could not be moved on by itself: {' '.join(words) or refusal}"
    return ""


def _win(quote: Quote, deal: Deal) -> Receipt:
    offered = [
        lines.LineDetails(line.product_id, line.quantity, line.unit_price_minor, line.discount_share)
        for line in queries.list_lines(quote.quote_id)
    ]
    lines.set_lines(deal, offered, actor=SYSTEM)
    return closing.win_deal(deal, actor=SYSTEM, source="customer")


def _answer(quote: Quote, state: str, name: str, address: str) -> None:
    if quote.state in ("accepted", "declined"):
        raise AnsweredAlready("Your answer is with us already.")
    _refuse_over(quote)
    if not quote.is_valid_on(today()):
        raise Conflict("This quote is not valid any more. Ask us for a new one.")
    quote.state, quote.answered_at = state, now()
    quote.answered_by, quote.answered_from = name, address
    db.session.flush()


def _refuse_over(quote: Quote) -> None:
    if quote.state != "open":
        raise Conflict(f"Quote {quote.label} is {quote.state}.")


def _replace(quote: Quote) -> None:
    db.session.refresh(quote, with_for_update=True)
    if quote.state == "accepted":
        raise Conflict(f"Quote {quote.label} was accepted. Make a new one instead of another version.")
    if quote.state in ("open", "withdrawn"):
        quote.state = "replaced"
        db.session.flush()


def _name_of(deal: Deal) -> str:
    customer = db.session.get(Customer, deal.customer_id) if deal.customer_id else None
    return customer.name if customer else ""


def _check(details: QuoteDetails, deal: Deal, *, has_lines: bool) -> None:
    errors: dict[str, list[str]] = {}
    if not has_lines:
        errors["lines"] = ["Put products on the deal first: they are what is quoted."]
    if details.valid_until < today():
        errors["valid_until"] = ["Choose a day to come."]
    if details.valid_until > today() + LONGEST_VALID:
        errors["valid_until"] = ["Choose a day within the next hundred years."]
    if len(details.terms) > LONGEST_TERMS:
        errors["terms"] = [f"Use at most {LONGEST_TERMS:,} characters."]
    stages = {stage.stage_id for stage in pipelines.list_open_stages(deal.pipeline_id)}
    if details.accept_stage_id is not None and details.accept_stage_id not in stages:
        errors["accept_stage_id"] = ["Choose a stage of the deal’s pipeline."]
    if errors:
        raise Invalid(errors=errors)


def _notify(deal: Deal, quote: Quote, title: str, body: str) -> None:
    person_id = deal.owner_id or quote.created_by
    if person_id:
        notices.notify(
            person_id, key=f"quote:{quote.quote_id}:{quote.state}", title=title, body=body, url=f"/deals/{deal.deal_id}"
        )


def _tell(kind: str, quote: Quote, actor: Actor, label: str, **more: Any) -> None:
    events.emit(
        kind,
        actor=actor,
        subject_id=quote.deal_id,
        quote_id=str(quote.quote_id),
        number=quote.label,
        total_minor=quote.total_minor,
        currency=quote.currency,
        label=label,
        **more,
    )
