"""Views that people keep."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class SavedView(Base):
    """The state of a list, as its address has it: `query` without a page's cursor."""

    __tablename__ = "saved_views"

    view_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    list: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    is_shared: Mapped[bool] = mapped_column(default=False)
    is_pinned: Mapped[bool] = mapped_column(default=False)
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def address(self) -> str:
        """Where the view is seen."""
        return f"{self.list}?{self.query}&view={self.view_id}" if self.query else f"{self.list}?view={self.view_id}"
