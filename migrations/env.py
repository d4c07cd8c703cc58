"""Run migrations: short locks, so that a waiting change never stops the shop."""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, text
from sqlalchemy.schema import SchemaItem

LOCK_TIMEOUT = "4s"
STATEMENT_TIMEOUT = "10min"

database = current_app.extensions["migrate"].db


def inherited_columns(connection: Connection) -> set[tuple[str, str]]:
    """Columns a child table has from its parent: the parent's model speaks for them."""
    rows = connection.execute(
        text(
            "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
            " WHERE NOT a.attislocal AND a.attnum > 0 AND c.relkind = 'r'"
        )
    )
    return {(row[0], row[1]) for row in rows}


def partitions(connection: Connection) -> set[str]:
    """Tables that are parts of another table."""
    return set(connection.execute(text("SELECT relname FROM pg_class WHERE relispartition")).scalars())


def run() -> None:
    """Upgrade or downgrade over the application's own engine."""
    with database.engine.connect() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'"))
        connection.commit()
        from_parent, parts = inherited_columns(connection), partitions(connection)
        connection.commit()

        def include_name(name: str | None, kind: str, _parents: object) -> bool:
            return not (kind == "table" and name in parts)

        def include_object(item: SchemaItem, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
            if kind == "column" and reflected:
                return (item.table.name, name) not in from_parent  # type: ignore[attr-defined]
            return True

        context.configure(
            connection=connection,
            target_metadata=database.Model.registry.metadata,
            include_name=include_name,
            include_object=include_object,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
