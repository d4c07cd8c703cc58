"""What payments plug into."""

from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import BindParameter, Select, Text, and_, case, cast, func, literal, select, true

from app.core import access, layout
from app.core.access import Actor
from app.core.db import in_words
from app.engine.events import catalogue
from app.engine.notices.topics import Topic, add_topic
from app.engine.records import pages
from app.engine.schedules import catalogue as schedulables
from app.engine.views.columns import add_list
from app.payments import columns, disclosed, jobs
from app.payments.access import PERMISSIONS, visible_to
from app.payments.actions import accounts, reconciling
from app.payments.events import TYPES
from app.payments.models import STATES, Payment, PaymentRefund
from app.payments.providers.alipay import ALIPAY
from app.payments.providers.by_hand import COUNTER, TRANSFER
from app.payments.providers.known import PROVIDERS, add_provider
from app.payments.providers.wechat_pay import WECHAT_PAY
from app.payments.routes import hooks, portal, settings, staff
from app.people import timeline

__all__ = ["add", "jobs"]

SCHEDULABLES = (
    schedulables.Schedulable(
        accounts.RECONCILE,
        "Hold a payment provider’s statement beside the books",
        reconciling.run,
        "Fetches the statement of the day before and names each line that differs.",
        by_hand=False,
    ),
)


def add(app: Flask) -> None:
    """Add the ways to pay, the pages, the rights, the events, and what other pages show of payments."""
    access.declare(*PERMISSIONS)
    add_topic(Topic("payments", "Payments", "Our books and a provider’s differ.", ("reconciliation",)))
    disclosed.add()
    catalogue.declare(*TYPES)
    schedulables.declare(*SCHEDULABLES)
    for provider in (COUNTER, TRANSFER, ALIPAY, WECHAT_PAY):
        add_provider(provider)
    add_list(columns.PAYMENTS, *columns.COLUMNS)
    for blueprint in (hooks.bp, portal.bp, staff.bp, settings.bp):
        app.register_blueprint(blueprint)
    app.extensions["csrf"].exempt(hooks.bp)
    timeline.add_source(timeline.Source("payments", "Payments", "cash", "payments.read", _history, tint="money"))
    pages.add_panel(
        "order",
        pages.Panel("payments", "Payments", "payments.read", "payments/_of_record.html", rows=_of_record, position=20),
    )
    layout.add_nav(
        layout.NavItem("Payments", "/payments", "credit-card", "payments.read", "Day", 47),
        layout.NavItem("Ways to pay", "/settings/payments", "credit-card", "payments.configure", "Settings", 52),
    )


_LABELS = {one.key: one.label for one in (COUNTER, TRANSFER, ALIPAY, WECHAT_PAY)}


def _history(actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    title = case(
        (Payment.state == "paid", "Paid"), (Payment.state == "failed", "Payment failed"), else_="Begins to pay"
    )
    return select(
        *timeline.columns(
            at=func.coalesce(Payment.paid_at, Payment.created_at),
            kind="payments",
            title=title + literal(" · ") + case(_LABELS, value=Payment.provider, else_=Payment.provider),
            detail=Payment.description,
            url=literal("/payments/") + cast(Payment.payment_id, Text),
            amount_minor=Payment.amount_minor,
            currency=Payment.currency,
        )
    ).where(Payment.customer_id == customer_id, visible_to(actor))


def _of_record(actor: Actor, kind: str, record_id: BindParameter[UUID]) -> Select[*tuple[Any, ...]]:
    """The payments of a record, each with what is on its way back."""
    waiting = (
        select(func.sum(PaymentRefund.amount_minor).label("waiting_minor"))
        .where(PaymentRefund.payment_id == Payment.payment_id, PaymentRefund.state.in_(("asked", "waiting")))
        .lateral("waiting")
    )
    return (
        select(
            Payment.payment_id,
            in_words(Payment.provider, {one.key: one.label for one in PROVIDERS.values()}).label("way"),
            in_words(Payment.state, {key: label for key, (label, _tone) in STATES.items()}).label("state"),
            in_words(Payment.state, {key: tone for key, (_label, tone) in STATES.items()}).label("tone"),
            Payment.amount_minor,
            Payment.refunded_minor,
            Payment.currency,
            Payment.created_at,
            func.coalesce(waiting.c.waiting_minor, 0).label("waiting_minor"),
        )
        .join(waiting, true())
        .where(and_(Payment.payable_kind == kind, Payment.payable_id == record_id), visible_to(actor))
        .order_by(Payment.created_at)
    )
