"""Log levels that every process takes up while it runs."""

import time

from sqlalchemy import text

from app.core.db import db
from app.core.log import set_levels

EVERY_SECONDS = 5.0
_read_at = 0.0


def refresh() -> None:
    """Read the levels set by `flask log-level`, at most every few seconds in each process."""
    global _read_at  # noqa: PLW0603 - one clock for the process
    if time.monotonic() - _read_at < EVERY_SECONDS:
        return
    _read_at = time.monotonic()
    set_levels(db.session.scalar(text("SELECT value FROM settings WHERE key = 'log_levels'")) or {})
