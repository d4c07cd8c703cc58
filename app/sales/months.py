"""Old months of the books: put away, and brought back.

A month that is put away keeps its lines in a table of its own, `transactions_2011_01`, which
can be dumped, moved to slower disks and restored. Receipts and their totals stay in place.
Nothing can be added to a month while it is away.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, NotFound

TABLE = "transactions"
MONTHS = text(
    """
    SELECT name, to_date(right(name, 7), 'YYYY_MM') AS month, lines,
           EXISTS (SELECT FROM pg_inherits WHERE inhrelid = name::regclass) AS attached
    FROM (SELECT relname::text AS name, greatest(reltuples, 0)::bigint AS lines FROM pg_class
          WHERE relkind = 'r' AND relname ~ '^transactions_[0-9]{4}_[0-9]{2}$'
            AND relnamespace = 'public'::regnamespace) AS months
    ORDER BY name
    """
)


@dataclass(frozen=True)
class Month:
    """One month's table. `lines` is the planner's estimate."""

    name: str
    month: date
    lines: int
    attached: bool

    @property
    def bounds(self) -> tuple[str, str]:
        """The first moment of the month and of the next, as PostgreSQL reads them."""
        year, following = self.month.year + self.month.month // 12, self.month.month % 12 + 1
        return f"{self.month:%Y-%m}-01 00:00+00", f"{year:04}-{following:02}-01 00:00+00"


def list_months() -> list[Month]:
    """Every month that has a table, oldest first."""
    return [Month(*row) for row in db.session.execute(MONTHS)]


def detach_month(month: date) -> Month:
    """Put a month away; nothing of it is lost.

    Raises: NotFound, Conflict when it is away already or not over yet.
    """
    found = _get(month)
    if month >= now().date().replace(day=1):
        raise Conflict("Only a month that is over can be put away.")
    if not found.attached:
        raise Conflict(f"{month:%B %Y} is put away already.")
    low, high = found.bounds
    _run(
        f"ALTER TABLE {TABLE} DETACH PARTITION {found.name}",
        f"CREATE TRIGGER append_only BEFORE DELETE OR UPDATE ON {found.name}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"ALTER TABLE {TABLE}_default ADD CONSTRAINT {_guard(found)} CHECK (at < '{low}' OR at >= '{high}')",
    )
    return _get(month)


def attach_month(month: date) -> Month:
    """Bring a month back. Raises: NotFound, Conflict when it is there already."""
    found = _get(month)
    if found.attached:
        raise Conflict(f"{month:%B %Y} is in the books already.")
    low, high = found.bounds
    _run(
        f"DROP TRIGGER IF EXISTS append_only ON {found.name}",
        f"ALTER TABLE {TABLE} ATTACH PARTITION {found.name} FOR VALUES FROM ('{low}') TO ('{high}')",
        f"ALTER TABLE {TABLE}_default DROP CONSTRAINT IF EXISTS {_guard(found)}",
    )
    return _get(month)


def _get(month: date) -> Month:
    for found in list_months():
        if found.month == month:
            return found
    raise NotFound(f"There is no table of {month:%B %Y}.")


def _guard(month: Month) -> str:
    return f"ck_{TABLE}_put_away_{month.month:%Y_%m}"


def _run(*statements: str) -> None:
    """Names and dates come from the catalogue and from `date`, never from a person's text."""
    for statement in statements:
        db.session.execute(text(statement.replace(":", "\\:")))
