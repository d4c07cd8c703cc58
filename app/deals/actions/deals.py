"""Adding, changing and moving deals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from app.core import edits
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, new_id
from app.core.errors import Conflict, Invalid
from app.core.money import LARGEST_MINOR
from app.deals import ranks
from app.deals.models import Deal, DealLine, Stage
from app.deals.queries import deals as queries
from app.deals.queries import pipelines
from app.engine.custom_fields import values
from app.engine.events import actions as events
from app.people.models import Customer, Employee

LONGEST_TITLE = 200
LONGEST_STEP = 300
LONGEST_SOURCE = 100
LABELS = {
    "title": "Title",
    "customer_id": "Customer",
    "company_id": "Company",
    "owner_id": "Looked after by",
    "value_minor": "Value",
    "currency": "Currency",
    "expected_on": "Expected",
    "next_step": "Next step",
    "next_step_on": "Next step on",
    "source": "Came by",
}


@dataclass(frozen=True)
class DealDetails:
    """What is known of a deal from the start."""

    title: str
    currency: str
    customer_id: UUID | None = None
    company_id: UUID | None = None
    owner_id: UUID | None = None
    value_minor: int = 0
    expected_on: date | None = None
    next_step: str = ""
    next_step_on: date | None = None
    source: str = ""


class MovedMeanwhile(Conflict):
    """Somebody moved the deal since it was looked at."""

    title = "Somebody moved this deal meanwhile"


def create_deal(details: DealDetails, stage: Stage, *, actor: Actor, custom: Mapping[str, Any] | None = None) -> Deal:
    """Add a deal on top of a stage's column; without a company it is with the customer's.

    `custom` has plain values of custom fields by key; None where nobody was asked for them.
    Raises: Invalid, also for a stage that takes no deals.
    """
    _check(vars(details))
    hold(stage)
    deal = Deal(
        deal_id=new_id(),
        **{**vars(details), "company_id": details.company_id or _employer_of(details.customer_id)},
        pipeline_id=stage.pipeline_id,
        stage_id=stage.stage_id,
        rank=_rank_below(stage, None),
    )
    if custom is not None:
        deal.custom = values.put("deal", deal.deal_id, {}, custom, is_new=True)
    _write(deal, {})
    events.emit("deal.created", actor=actor, subject_id=deal.deal_id, stage=stage.name, **told(deal))
    return deal


def edit_deal(deal: Deal, changes: dict[str, Any], *, actor: Actor, seen: dict[str, Any] | None = None) -> list[str]:
    """Change some fields, custom ones among them by name; returns the names of those that really changed.

    `seen` holds the values the editor started from: a field that somebody else changed since is a conflict,
    other people's changes to other fields are kept. Raises: Clash with both values of such a field; Invalid.
    """
    queries.lock_deal(deal)
    values.put("deal", deal.deal_id, deal.custom, values.by_key(changes))
    present = {name: values.value_of("deal", deal, deal.deal_id, name) for name in changes}
    changed = edits.merge(changes, present=present, seen=seen, label=_label_of, words=_in_words)
    _check(changed)
    if changed.keys() & {"value_minor", "currency"} and _has_lines(deal):
        raise Invalid(errors={"value": ["The value is the sum of the products on this deal: change those."]})
    if not changed:
        return []
    _write(deal, changed)
    events.emit("deal.updated", actor=actor, subject_id=deal.deal_id, fields=sorted(changed))
    return sorted(changed)


def move_deal(
    deal: Deal, stage: Stage, *, actor: Actor, below: UUID | None = None, seen_stage_id: UUID | None = None
) -> None:
    """Put an open deal into an open stage, under the deal `below` there, or on top.

    `seen_stage_id` is where the mover saw the deal. Raises: MovedMeanwhile when it is not there any more;
    Invalid for a stage that takes no deals.
    """
    hold(stage)
    queries.lock_deal(deal)
    if seen_stage_id not in (None, deal.stage_id):
        raise MovedMeanwhile(f"“{deal.title}” is in {pipelines.get_stage(deal.stage_id).name} now.")
    if not deal.is_open:
        raise Conflict(f"“{deal.title}” is {deal.state}. Open it again to move it.")
    deal.rank = _rank_below(stage, below if below != deal.deal_id else None, but=deal.deal_id)
    if deal.stage_id == stage.stage_id:
        db.session.flush()
        return
    before = pipelines.get_stage(deal.stage_id).name
    put_into(deal, stage)
    events.emit("deal.moved", actor=actor, subject_id=deal.deal_id, before=before, after=stage.name, **told(deal))


def put_into(deal: Deal, stage: Stage) -> None:
    """Let a deal stand in a stage from now on; the database notes the step."""
    deal.pipeline_id, deal.stage_id, deal.state = stage.pipeline_id, stage.stage_id, stage.kind
    deal.stage_since = now()
    deal.closed_at = None if stage.is_open else now()
    db.session.flush()


def hold(stage: Stage) -> None:
    """Keep a column as it is until the transaction ends: two cards never get one place, and it is not put away.

    Stages are held before deals, by everybody. Raises: Invalid for a stage that takes no deals.
    """
    pipelines.lock_stage(stage)
    if not stage.is_open or stage.archived_at is not None:
        raise Invalid(errors={"stage": ["Choose a stage that is open."]})
    if pipelines.is_archived(stage.pipeline_id):
        name = pipelines.get_pipeline(stage.pipeline_id).name
        told = f"“{name}” is archived. Choose another pipeline, or use it again first."
        raise Invalid(told, errors={"stage": [told]})


def on_top_of(stage: Stage) -> Decimal:
    """The place above all deals of a stage that is held."""
    return _rank_below(stage, None)


def follow_merge(kind: str, given_up_id: UUID, kept_id: UUID) -> None:
    """Let the deals of a customer or company that was merged into another one go with it."""
    whose = Deal.company_id if kind == "company" else Deal.customer_id
    moved = update(Deal).where(whose == given_up_id).values({whose: kept_id, Deal.version: Deal.version + 1})
    db.session.execute(moved.execution_options(synchronize_session=False))


def told(deal: Deal) -> dict[str, Any]:
    """What events say of a deal."""
    return {
        "title": deal.title,
        "customer_id": str(deal.customer_id or ""),
        "value_minor": deal.value_minor,
        "currency": deal.currency,
    }


def _rank_below(stage: Stage, above_id: UUID | None, *, but: UUID | None = None) -> Decimal:
    """A place under one deal, or over all where that deal is not in this stage (any more)."""
    here = Deal.stage_id == stage.stage_id
    others = (here, Deal.deal_id != but) if but else (here,)
    above = db.session.scalar(select(Deal.rank).where(here, Deal.deal_id == above_id)) if above_id else None
    following = others if above is None else (*others, Deal.rank > above)
    return ranks.between(above, db.session.scalar(select(func.min(Deal.rank)).where(*following)))


def _has_lines(deal: Deal) -> bool:
    return db.session.scalar(select(DealLine.line_id).where(DealLine.deal_id == deal.deal_id).limit(1)) is not None


def _label_of(name: str) -> str:
    return LABELS.get(name) or values.label_of("deal", name)


def _in_words(name: str, value: Any) -> str:
    return str(value or "–") if name in LABELS else values.in_words("deal", name, value) or "–"


def _write(deal: Deal, changed: dict[str, Any]) -> None:
    """Set the values and write, behind a savepoint: what is refused leaves the session as it was."""
    try:
        with db.session.begin_nested():
            values.write("deal", deal, deal.deal_id, changed)
            db.session.add(deal)
            db.session.flush()
    except IntegrityError as refusal:
        raise values.taken("deal", refusal) or refusal from None


def _check(said: dict[str, Any]) -> None:
    errors: dict[str, list[str]] = {}
    if "title" in said and not 1 <= len(said["title"]) <= LONGEST_TITLE:
        errors["title"] = [f"Enter a title of at most {LONGEST_TITLE} characters."]
    if not 0 <= said.get("value_minor", 0) <= LARGEST_MINOR:
        errors["value"] = ["A value is not below zero, and not beyond measure."]
    if len(said.get("next_step", "")) > LONGEST_STEP:
        errors["next_step"] = [f"Use at most {LONGEST_STEP} characters."]
    if len(said.get("source", "")) > LONGEST_SOURCE:
        errors["source"] = [f"Use at most {LONGEST_SOURCE} characters."]
    if (owner_id := said.get("owner_id")) and not _works_here(owner_id):
        errors["owner_id"] = ["Choose somebody who works here."]
    if (customer_id := said.get("customer_id")) and not _is_known(customer_id):
        errors["customer_id"] = ["Choose a customer who is there."]
    if errors:
        raise Invalid(errors=errors)


def _employer_of(customer_id: UUID | None) -> UUID | None:
    customer = db.session.get(Customer, customer_id) if customer_id else None
    return customer.company_id if customer else None


def _works_here(owner_id: UUID) -> bool:
    owner = db.session.get(Employee, owner_id)
    return owner is not None and owner.is_active


def _is_known(customer_id: UUID) -> bool:
    customer = db.session.get(Customer, customer_id)
    return customer is not None and not customer.is_erased
