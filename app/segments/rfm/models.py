"""The breaks a manager set, each time anew."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id
from app.segments.rfm.breaks import Breaks


class RfmBreaks(Base):
    """One setting of the breaks. The newest one holds; the others say how it was."""

    __tablename__ = "rfm_breaks"

    breaks_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    window_days: Mapped[int]
    recency_days: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    purchases: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    money_minor: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    made_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def breaks(self) -> Breaks:
        """As the grid uses them."""
        return Breaks(self.window_days, tuple(self.recency_days), tuple(self.purchases), tuple(self.money_minor))
