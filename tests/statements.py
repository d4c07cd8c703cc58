"""Count what a page asks the database."""

import contextlib
from collections.abc import Iterator
from typing import Any

from sqlalchemy import event

from app.core.db import db


@contextlib.contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent while the block runs, savepoints left out."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            statements.append(" ".join(statement.split()))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
