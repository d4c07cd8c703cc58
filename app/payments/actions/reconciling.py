"""Holding a vendor's statement beside our own books."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core import jobs
from app.core.access import PERMISSIONS
from app.core.clock import now
from app.core.db import db, new_id
from app.engine.notices import actions as notices
from app.engine.schedules.catalogue import Occasion
from app.payments.actions import accounts
from app.payments.models import Payment, PaymentRefund, Reconciliation
from app.payments.providers.base import StatementLine
from app.payments.providers.known import label_of
from app.payments.providers.wire import Wire
from app.people.models import Employee

VENDOR_ZONE = ZoneInfo("Asia/Shanghai")
Key = tuple[str, str]


def ask(provider_key: str, day: date) -> None:
    """Have a day held beside the vendor's statement, in the background. Raises: NotFound for an unknown vendor."""
    args = {"provider": accounts.get_provider(provider_key).key, "day": day.isoformat()}
    jobs.enqueue("payments.reconcile", args, lane="bulk", key=f"reconcile:{provider_key}:{day}")


def run(occasion: Occasion) -> dict[str, Any]:
    """Reconcile the day before a due time; the scheduler calls this each day."""
    day = occasion.due_at.astimezone(VENDOR_ZONE).date() - timedelta(days=1)
    found = reconcile(str(occasion.payload["provider"]), day)
    return {"matched": found.matched, "differences": len(found.differences)}


def reconcile(provider_key: str, day: date) -> Reconciliation:
    """Compare a day's statement with our payments and refunds; a second time replaces what the first found.

    Whoever configures payments is told of differences.
    """
    provider, account = accounts.open_account(provider_key)
    db.session.commit()
    wire = Wire(account.base_url, provider.hosts, _unwritten)
    theirs: dict[Key, StatementLine] = {
        (line.kind, line.number): line for line in provider.statement(account, day, wire)
    }
    ours = _ours(provider_key, day, theirs)
    differences = [{**one, "currency": provider.currencies[0]} for one in _compare(ours, theirs)]
    values = {"matched": len(theirs.keys() & ours.keys()) - _unequal(differences), "differences": differences}
    row = insert(Reconciliation).values(
        reconciliation_id=new_id(), provider=provider_key, day=day, made_at=now(), **values
    )
    saved = row.on_conflict_do_update(index_elements=["provider", "day"], set_={**values, "made_at": now()}).returning(
        Reconciliation
    )
    found = db.session.scalars(saved, execution_options={"populate_existing": True}).one()
    if differences:
        _tell(found)
    return found


def _unwritten(_title: str, **_said: Any) -> None:
    """A statement belongs to no payment's sequence."""


def _ours(provider: str, day: date, theirs: Mapping[Key, StatementLine]) -> dict[Key, tuple[int, str]]:
    """What our books have for that day, or for a number that the statement names. Values: amount, reference."""
    start = datetime.combine(day, time(), VENDOR_ZONE)
    end = start + timedelta(days=1)
    paid = select(Payment).where(Payment.provider == provider, Payment.paid_at >= start, Payment.paid_at < end)
    given = (
        select(PaymentRefund)
        .join(Payment, Payment.payment_id == PaymentRefund.payment_id)
        .where(
            Payment.provider == provider,
            PaymentRefund.state == "done",
            PaymentRefund.done_at >= start,
            PaymentRefund.done_at < end,
        )
    )
    books: dict[Key, tuple[int, str]] = {
        ("payment", one.trade_no): (one.amount_minor, one.reference or "") for one in db.session.scalars(paid)
    }
    books |= {("refund", one.refund_no): (one.amount_minor, one.reference or "") for one in db.session.scalars(given)}
    return books


def _compare(ours: Mapping[Key, tuple[int, str]], theirs: Mapping[Key, StatementLine]) -> Iterable[dict[str, Any]]:
    for kind, number in sorted(ours.keys() | theirs.keys()):
        mine, line = ours.get((kind, number)), theirs.get((kind, number))
        about = {"kind": kind, "number": number, "reference": line.reference if line else (mine or (0, ""))[1]}
        if line is None:
            yield {**about, "what": "only_ours", "ours_minor": mine[0] if mine else 0, "theirs_minor": 0}
        elif mine is None:
            yield {**about, "what": "only_theirs", "ours_minor": 0, "theirs_minor": line.amount_minor}
        elif mine[0] != line.amount_minor:
            yield {**about, "what": "amount", "ours_minor": mine[0], "theirs_minor": line.amount_minor}


def _unequal(differences: list[dict[str, Any]]) -> int:
    return sum(difference["what"] == "amount" for difference in differences)


def _tell(found: Reconciliation) -> None:
    right = PERMISSIONS["payments.configure"]
    roles = [role for role in ("agent", "manager", "admin") if right.for_role(role)]
    for person_id in db.session.scalars(
        select(Employee.person_id).where(Employee.role.in_(roles), Employee.deactivated_at.is_(None))
    ):
        notices.notify(
            person_id,
            key=f"reconciliation:{found.provider}:{found.day}",
            title=f"{label_of(found.provider)}: the statement of {found.day:%d %B} differs",
            body=f"{len(found.differences)} lines are not as in the books.",
            url=f"/payments/reconciliations/{found.reconciliation_id}",
        )
