"""Winning, losing and opening again."""

from uuid import UUID

from app.core.access import Actor
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.deals.actions.deals import hold, on_top_of, put_into, told
from app.deals.models import Deal, Stage
from app.deals.queries import deals as queries
from app.deals.queries import pipelines
from app.engine.events import actions as events
from app.people.models import Customer
from app.sales import actions as sales
from app.sales.models import Receipt

LONGEST_NOTE = 1_000


class NothingSold(Invalid):
    """A deal without products cannot become a sale."""

    def __init__(self) -> None:
        super().__init__(errors={"lines": ["Say what was sold."]})


def win_deal(deal: Deal, *, actor: Actor, source: str = "staff") -> Receipt:
    """Close a deal as won and write the sale of what is on it: once, however often and by how many it is asked.

    A deal that was opened again keeps the sale it made. Raises: NothingSold; Invalid without a customer;
    Conflict for a lost deal.
    """
    queries.lock_deal(deal)
    receipt = db.session.get(Receipt, deal.receipt_id) if deal.receipt_id else None
    if receipt is not None and deal.state == "won":
        return receipt
    if deal.state == "lost":
        raise Conflict(f"“{deal.title}” is lost. Open it again first.")
    receipt = receipt or _sell(deal, actor, source)
    deal.receipt_id = receipt.receipt_id
    put_into(deal, pipelines.get_end(deal.pipeline_id, "won"))
    events.emit("deal.won", actor=actor, subject_id=deal.deal_id, receipt_id=str(receipt.receipt_id), **told(deal))
    return receipt


def lose_deal(deal: Deal, reason_id: UUID | None, *, actor: Actor, note: str = "") -> None:
    """Close a deal as lost, and say why. Raises: Invalid without a reason that is in use; Conflict for a won deal."""
    queries.lock_deal(deal)
    if deal.state == "lost":
        return
    if not deal.is_open:
        raise Conflict(f"“{deal.title}” is won. Open it again first.")
    if reason_id is None:
        raise Invalid(errors={"reason": ["Say why it is lost."]})
    reason = pipelines.get_reason(reason_id)
    if reason.archived_at is not None:
        raise Invalid(errors={"reason": ["Choose a reason that is in use."]})
    if len(note) > LONGEST_NOTE:
        raise Invalid(errors={"note": [f"Use at most {LONGEST_NOTE:,} characters."]})
    end = pipelines.get_end(deal.pipeline_id, "lost")
    deal.lost_reason_id, deal.lost_note = reason.reason_id, note
    put_into(deal, end)
    events.emit("deal.lost", actor=actor, subject_id=deal.deal_id, reason=reason.name, note=note, **told(deal))


def reopen_deal(deal: Deal, *, actor: Actor, stage: Stage | None = None) -> None:
    """Let a won or lost deal go on, in the last open stage unless one is named. The books stay as they are."""
    stage = stage or pipelines.list_open_stages(deal.pipeline_id)[-1]
    hold(stage)
    queries.lock_deal(deal)
    if deal.is_open:
        return
    deal.lost_reason_id, deal.lost_note, deal.rank = None, "", on_top_of(stage)
    put_into(deal, stage)
    events.emit("deal.reopened", actor=actor, subject_id=deal.deal_id, after=stage.name, **told(deal))


def _sell(deal: Deal, actor: Actor, source: str) -> Receipt:
    """Write the sale at the prices that were agreed."""
    lines = queries.list_lines(deal.deal_id)
    if not lines:
        raise NothingSold
    customer = db.session.get(Customer, deal.customer_id) if deal.customer_id else None
    if customer is None or customer.is_erased:
        raise Invalid(errors={"customer_id": ["Say who bought."]})
    agreed = [
        sales.AgreedLine(one.product.product_id, one.product.name, one.line.quantity, one.line.amount_minor)
        for one in lines
    ]
    return sales.record_agreed_sale(customer, agreed, currency=deal.currency, actor=actor, source=source)
