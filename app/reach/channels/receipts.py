"""What providers tell later of messages: each once, in whatever order and however often it comes."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import jobs
from app.core.clock import now
from app.core.db import db
from app.engine.events.models import Event
from app.reach import queries, references
from app.reach.channels import lessons, suppression
from app.reach.channels.base import SENT, Outcome
from app.reach.channels.email import AT_FAULT
from app.reach.models import Delivery, Heard, Run, Step

LAST = ("delivered", "bounced", "failed", "excluded", "expired")
SOON = timedelta(seconds=5)


@dataclass(frozen=True)
class Receipt:
    """A report on one message. `kind`: sent, delivered, bounced or failed."""

    reference: str
    kind: str
    provider_ref: str = ""
    outcome: Outcome = SENT


def take(receipt: Receipt) -> bool:
    """Write down what became of a message; False for one that we never sent. Told again, nothing happens.

    What a message came to first holds; that it went is of interest only while that was uncertain. Who reports sooner
    than we wrote down that it went is heard again soon.
    """
    named = references.read(receipt.reference)
    found = _find(*named) if named else None
    if named is None or found is None:
        return False
    run_id, person_id, channel = named
    steps = _steps(run_id, person_id, channel, found.day)
    newest = max((step.attempt for step in steps), default=1)
    attempt = next((step.attempt for step in steps if step.provider_ref == receipt.provider_ref != ""), newest)
    kinds = {step.kind for step in steps if step.attempt == attempt}
    if kinds & set(LAST) or (receipt.kind == "sent" and "sent" in kinds):
        return True
    if kinds <= {"intended"} and _is_being_sent(*named):
        jobs.enqueue("reach.hear_report", {"report": asdict(receipt)}, delay=SOON)
        return True
    written = insert(Step).values(
        run_id=run_id,
        person_id=person_id,
        channel=channel,
        attempt=attempt,
        kind=receipt.kind,
        day=found.day,
        at=now(),
        provider_id=next((step.provider_id for step in steps), None),
        provider_ref=receipt.provider_ref,
        code=receipt.outcome.code,
        words=receipt.outcome.words,
    )
    is_new = db.session.scalar(written.on_conflict_do_nothing().returning(Step.attempt)) is not None
    if is_new:
        lessons.learn(channel, [(person_id, receipt.outcome)])
        _have_counted(named, kinds, receipt.kind)
    return True


@jobs.job("reach.hear_report")
def hear_report(report: dict[str, Any]) -> None:
    """Take a receipt that came too soon."""
    take(Receipt(**{**report, "outcome": Outcome(**report["outcome"])}))


def _have_counted(named: tuple[int, UUID, str], kinds: Collection[str], kind: str) -> None:
    """Have a message counted as what it became, where that is something else than before: soon, with others."""
    was = next((counted for counted in ("sent", "unknown") if counted in kinds), None)
    became = "failed" if kind in ("bounced", "failed") else "sent"
    if was != became:
        run_id, person_id, channel = named
        its = {"run_id": run_id, "person_id": person_id, "channel": channel}
        db.session.execute(insert(Heard).values(**its, was=was, became=became))


def hear_of_return(event: Event) -> None:
    """A mail came back to one of our mailboxes, or a complaint of it; its Message-ID tells whose it was."""
    told = event.payload
    reference = told["message_id"].strip("<>").partition("@")[0]
    named = references.read(reference)
    if named is None or not told["is_final"]:
        return
    if not told["is_complaint"]:
        is_for_good = AT_FAULT.match(told["status"]) is not None
        outcome = Outcome("failed", code=told["status"], words=told["words"], is_for_good=is_for_good)
        take(Receipt(reference, "bounced", outcome=outcome))
    elif _find(*named) is not None:
        lessons.hear_complaint(named[2], named[1], told["words"])


def hear_of_bounce(event: Event) -> None:
    """A mail that somebody wrote in person does not reach a customer: what tasks write would not either."""
    status = event.payload["status"]
    if event.subject_id is not None and AT_FAULT.match(status):
        suppression.hold("email", [event.subject_id], status)


def _is_being_sent(run_id: int, person_id: UUID, channel: str) -> bool:
    """Its chunk is not through: what became of it may be in the hands of a worker."""
    chunk = db.session.scalar(queries.chunk_of(run_id, person_id, channel))
    return chunk is not None and chunk.state == "open"


def _find(run_id: int, person_id: UUID, channel: str) -> Delivery | None:
    """The delivery of a reference, by the day of its run, so that one partition is read."""
    of_run = select(Run.day).where(Run.run_id == run_id).scalar_subquery()
    its = (Delivery.run_id == run_id, Delivery.person_id == person_id, Delivery.channel == channel)
    return db.session.scalar(select(Delivery).where(*its, Delivery.day == of_run, Delivery.reason.is_(None)))


def _steps(run_id: int, person_id: UUID, channel: str, day: object) -> list[Step]:
    its = (Step.run_id == run_id, Step.person_id == person_id, Step.channel == channel, Step.day == day)
    return list(db.session.scalars(select(Step).where(*its).order_by(Step.attempt.desc())))
