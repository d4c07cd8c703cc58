"""One line of migrations, each undoable, and models that say the same."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from app.core import preflight
from app.core.db import Base
from app.core.db import db as database

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"


def test_there_is_one_newest_migration():
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_the_launcher_and_readyz_know_the_newest():
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [preflight.newest_migration()]


def test_models_and_tables_have_the_same_columns(db):
    columns = {
        (row.table_name, row.column_name)
        for row in db.execute(text("SELECT table_name, column_name FROM information_schema.columns"))
    }
    for table in Base.metadata.tables.values():
        present = {column for name, column in columns if name == table.name}
        assert present == {column.name for column in table.columns}, table.name


@pytest.mark.slow
def test_every_migration_can_be_undone(app):
    database.session.remove()
    downgrade(directory=str(MIGRATIONS), revision="base")
    with database.engine.connect() as connection:
        left = connection.scalars(
            text("SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace")
        ).all()
    upgrade(directory=str(MIGRATIONS))
    assert left == ["alembic_version"]
