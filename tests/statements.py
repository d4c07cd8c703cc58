"""Count what a page asks the database, and look at how the database answers it."""

import contextlib
from collections.abc import Iterator
from typing import Any

from psycopg import ClientCursor
from sqlalchemy import event

from app.core.db import db

LEFT_OUT = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SELECT value FROM settings WHERE key = 'log_levels'")


@contextlib.contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent while the block runs; savepoints and what no page asks for left out."""
    with _noted() as sent:
        statements: list[str] = []
        yield statements
        statements += [" ".join(statement.split()) for statement, _values in sent]


@contextlib.contextmanager
def scanned() -> Iterator[set[str]]:
    """The tables that are read from end to end by what is sent while the block runs."""
    with _noted() as sent:
        tables: set[str] = set()
        yield tables
    with contextlib.closing(db.engine.raw_connection()) as connection:
        cursor = ClientCursor(connection.driver_connection)  # type: ignore[arg-type]
        for statement, values in sent:
            if statement.lstrip().startswith(("SELECT", "WITH")):
                ((plan,),) = cursor.execute("EXPLAIN (FORMAT JSON) " + statement, values).fetchall()
                tables.update(_read_whole(plan[0]["Plan"]))


def _read_whole(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _read_whole(child)


@contextlib.contextmanager
def _noted() -> Iterator[list[tuple[str, Any]]]:
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if not statement.startswith(LEFT_OUT):
            sent.append((statement, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
