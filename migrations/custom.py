"""Tables whose records take custom fields: one helper gives a table all it needs."""

from alembic import op


def add_custom(table: str, kind: str, key: str) -> None:
    """Let the records of a table, called `kind`, have values of custom fields; `key` is its id column.

    What is unique or searched for is kept beside by triggers, so that it holds however rows are written.
    """
    keep = f"EXECUTE FUNCTION keep_custom_values('{kind}', '{key}')"
    op.execute(
        f"""
        ALTER TABLE {table} ADD COLUMN custom jsonb NOT NULL DEFAULT '{{}}'
            CONSTRAINT ck_{table}_custom CHECK (jsonb_typeof(custom) = 'object');
        CREATE TRIGGER keep_custom_new AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows {keep};
        CREATE TRIGGER keep_custom_changed AFTER UPDATE ON {table}
            REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows {keep};
        CREATE TRIGGER keep_custom_gone AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows {keep};
        """
    )


def drop_custom(table: str) -> None:
    """Take all of it away again."""
    for trigger in ("keep_custom_new", "keep_custom_changed", "keep_custom_gone"):
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute(f"ALTER TABLE {table} DROP COLUMN custom")
