"""003-17, 004-20: the truth is in PostgreSQL, 18 or newer."""

from sqlalchemy import text


def test_the_server_is_postgresql_18_or_newer(db):
    assert int(db.scalar(text("SHOW server_version_num"))) >= 180000


def test_inheritance_is_the_database_s_own(db):
    rows = db.execute(
        text(
            "SELECT inhparent::regclass::text, inhrelid::regclass::text FROM pg_inherits"
            " JOIN pg_class ON pg_class.oid = inhparent WHERE relkind = 'r'"
        )
    )
    assert {tuple(row) for row in rows} == {
        ("people", "customers"),
        ("people", "employees"),
        ("people", "visitors"),
        ("communications", "chats"),
        ("communications", "private_notes"),
        ("communications", "phones"),
        ("communications", "emails"),
    }
