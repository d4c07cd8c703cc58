"""Put a table under undo: what people do to its rows within a change set is kept, before and after."""

from alembic import op


def keep_changes(table: str, *key: str, about: str = "", ignore: tuple[str, ...] = ("version",)) -> None:
    """Keep what change sets do to the rows of a table, which `key` tells apart.

    `about`: the record a row belongs to, "customer:person_id" by kind and column, or "record_kind:record_id"
    by two columns; without it the row is a record itself, called as its key is ("deal_id": a deal).
    `ignore`: columns that nobody changes on purpose, such as counters. Nothing is kept of their changes
    alone, and a row of which only they differ counts as untouched.
    """
    kind, _, column = about.partition(":")
    arguments = ", ".join(
        f"'{one}'" for one in (",".join(key), ",".join(ignore), kind or key[0].removesuffix("_id"), column or key[0])
    )
    for action, rows in (
        ("insert", "NEW TABLE AS new_rows"),
        ("update", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
        ("delete", "OLD TABLE AS old_rows"),
    ):
        op.execute(
            f"CREATE TRIGGER keep_{action} AFTER {action.upper()} ON {table} REFERENCING {rows} FOR EACH STATEMENT"
            " WHEN (current_setting('app.change_set_id', true) <> '')"
            f" EXECUTE FUNCTION keep_changed_rows({arguments})"
        )


def stop_keeping(table: str) -> None:
    """Take a table from under undo again."""
    for action in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER keep_{action} ON {table}")
