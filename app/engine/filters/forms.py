"""The filter of a list, as its address has it."""

from collections.abc import Mapping

from sqlalchemy import text

from app.core.access import actor
from app.core.db import db
from app.engine.filters import tree
from app.engine.filters.access import check
from app.engine.filters.tree import Filter

# In memory enough to add up for many customers side by side.
LIST_BUDGET = "SET LOCAL statement_timeout = '10s'; SET LOCAL work_mem = '64MB'"


def read_where(entity_key: str, values: Mapping[str, str]) -> Filter | None:
    """What `?where=` says; None without it. The list it narrows gets so long and no longer to answer.

    Raises: BadFilter, NotAllowed.
    """
    written = values.get("where", "")
    if not written:
        return None
    wanted = check(actor(), tree.read(entity_key, written))
    if wanted.is_empty:
        return None
    db.session.execute(text(LIST_BUDGET))
    return wanted
