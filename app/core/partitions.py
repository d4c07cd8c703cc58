"""Tables cut by month: the coming months exist before anything is written to them."""

from datetime import date

from sqlalchemy import Engine, text

from app.core.clock import now
from app.core.db import after_commit, db

MONTHS_AHEAD = 2
_known: set[tuple[Engine, str, date]] = set()


def month_of(day: date) -> date:
    """The first day of the month."""
    return date(day.year, day.month, 1)


def ensure_month(table: str, day: date) -> None:
    """Make sure that `table` has the partition `day` falls into."""
    known = (db.engine, table, month_of(day))
    if known not in _known:
        db.session.execute(
            text("SELECT ensure_month_partition(CAST(:table AS regclass), :month)"),
            {"table": table, "month": month_of(day)},
        )
        after_commit(lambda: _known.add(known))


def partitioned_tables() -> list[str]:
    """Every table of ours that is cut by month."""
    return list(db.session.scalars(text("SELECT partrelid::regclass::text FROM pg_partitioned_table ORDER BY 1")))


def make_coming_partitions() -> None:
    """Create this month's partitions and the next ones of every table (the clock calls it hourly)."""
    today = now().date()
    for table in partitioned_tables():
        for ahead in range(MONTHS_AHEAD + 1):
            year, month = divmod(today.month - 1 + ahead, 12)
            ensure_month(table, date(today.year + year, month + 1, 1))
