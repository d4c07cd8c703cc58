"""Pipelines, stages, deals and what is on them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id

KINDS = ("open", "won", "lost")


class Pipeline(Base):
    """A way that deals go."""

    __tablename__ = "pipelines"

    pipeline_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    position: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Stage(Base):
    """A step of a pipeline: `win_share` of its deals are won in the end; what stands over `ageing_days` shows."""

    __tablename__ = "deal_stages"

    stage_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    pipeline_id: Mapped[UUID] = mapped_column(ForeignKey("pipelines.pipeline_id"))
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="open")
    win_share: Mapped[Decimal] = mapped_column(Numeric(4, 3))
    ageing_days: Mapped[int | None]
    position: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
    archived_at: Mapped[datetime | None]

    @property
    def is_open(self) -> bool:
        """Deals that stand here are neither won nor lost."""
        return self.kind == "open"


class LostReason(Base):
    """Why deals are lost, to choose from."""

    __tablename__ = "lost_reasons"

    reason_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    position: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
    archived_at: Mapped[datetime | None]


class Deal(Base):
    """What may become a sale. `state` is its stage's kind; `rank` its place in the stage's column, least on top.

    With lines, `value_minor` is their sum. `receipt_id`: the sale that it became; it stays when a won deal
    is opened again, so that one deal never sells twice.
    """

    __tablename__ = "deals"

    deal_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    title: Mapped[str]
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    customer_kind: Mapped[str] = mapped_column(default="customer")
    company_id: Mapped[UUID | None] = mapped_column(ForeignKey("companies.company_id"))
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    pipeline_id: Mapped[UUID] = mapped_column(ForeignKey("pipelines.pipeline_id"))
    stage_id: Mapped[UUID] = mapped_column(ForeignKey("deal_stages.stage_id"))
    state: Mapped[str] = mapped_column(default="open")
    value_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str]
    expected_on: Mapped[date | None]
    next_step: Mapped[str] = mapped_column(default="")
    next_step_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(default="")
    lost_reason_id: Mapped[UUID | None] = mapped_column(ForeignKey("lost_reasons.reason_id"))
    lost_note: Mapped[str] = mapped_column(default="")
    rank: Mapped[Decimal] = mapped_column(Numeric)
    stage_since: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]
    receipt_id: Mapped[UUID | None] = mapped_column(ForeignKey("receipts.receipt_id"))
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def name(self) -> str:
        """What it is called."""
        return self.title

    @property
    def is_open(self) -> bool:
        """Neither won nor lost."""
        return self.state == "open"


class DealLine(Base):
    """A product on a deal."""

    __tablename__ = "deal_lines"

    line_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.deal_id"))
    position: Mapped[int]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.product_id"))
    quantity: Mapped[int]
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)
    discount_share: Mapped[Decimal] = mapped_column(Numeric(5, 4), default=Decimal(0))

    @property
    def amount_minor(self) -> int:
        """What the pieces come to together, less the discount, rounded as a till does."""
        return amount_of(self.quantity, self.unit_price_minor, self.discount_share)


class DealMove(Base):
    """That a deal came to a stage, when it was added (`before` None) or later. Written by a trigger."""

    __tablename__ = "deal_moves"

    move_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    deal_id: Mapped[UUID] = mapped_column(ForeignKey("deals.deal_id"))
    before: Mapped[UUID | None] = mapped_column(ForeignKey("deal_stages.stage_id"))
    after: Mapped[UUID] = mapped_column(ForeignKey("deal_stages.stage_id"))
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))


def amount_of(quantity: int, unit_price_minor: int, discount_share: Decimal) -> int:
    """What a line comes to. Units: minor."""
    whole = Decimal(quantity * unit_price_minor) * (1 - discount_share)
    return int((whole + Decimal("0.5")).to_integral_value(rounding="ROUND_FLOOR"))
