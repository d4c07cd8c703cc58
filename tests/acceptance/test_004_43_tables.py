"""004-43: tables that are alike stay alike, each has a primary key, and passwords are kept as Argon2 hashes."""

from sqlalchemy import text

from tests.factories import give_password, make_customer, make_employee

WITHOUT_KEY = text(
    "SELECT oid::regclass::text FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p')"
)


def test_the_check_of_the_schema_finds_nothing(app, db):
    result = app.test_cli_runner().invoke(args=["schema-check"])
    assert result.exit_code == 0, result.output
    assert "0 problems" in result.output


def test_every_table_has_a_primary_key(db):
    assert db.scalars(WITHOUT_KEY).all() == []


def test_passwords_are_kept_as_argon2_hashes(db):
    for person in (give_password(make_customer()), give_password(make_employee())):
        assert person.password_hash.startswith("$argon2id$")
