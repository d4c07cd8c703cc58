"""What PostgreSQL's inheritance leaves open is closed for people: identity, references, checks, trail."""

import threading
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core import schema_check
from app.core.access import SYSTEM
from app.core.db import db as database
from app.people import actions as people
from tests.factories import make_channel, make_customer, make_employee

RACES = 300
EMAILS = 500


def refused(db, statement: str, **values) -> str:
    """Run a statement to its commit; returns why PostgreSQL refuses it."""

    def write() -> None:
        db.execute(text(statement), values)
        db.commit()

    with pytest.raises(DBAPIError) as refusal:
        write()
    db.rollback()
    return str(refusal.value.orig)


@pytest.fixture
def connect(app, config):
    """Open further connections, each a session of its own."""
    opened: list[psycopg.Connection] = []

    def open_one() -> psycopg.Connection:
        url = config.database_url.replace("postgresql+psycopg", "postgresql")
        opened.append(psycopg.connect(url, autocommit=True))
        return opened[-1]

    yield open_one
    for connection in opened:
        connection.close()


def together(*workers) -> None:
    threads = [threading.Thread(target=worker) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_i01_nobody_is_a_person_of_no_kind(db):
    assert "ck_people_abstract" in refused(db, "INSERT INTO people (person_id, kind) VALUES (uuidv7(), 'customer')")


def test_i02_one_id_is_one_person(db):
    carla = make_customer()
    why = refused(db, "INSERT INTO employees (person_id, last_name) VALUES (:id, 'Double')", id=carla.person_id)
    assert "pk_person_registry" in why


@pytest.mark.parametrize("email", ["carla@example.com", "CARLA@Example.com"])
def test_i03_one_email_is_one_persons(db, email):
    make_customer(email="carla@example.com")
    why = refused(db, "INSERT INTO employees (last_name, email) VALUES ('Double', :email)", email=email)
    assert "uq_person_registry_email_key" in why


def test_i03_also_when_two_sessions_write_at_once(db, connect):
    def register(table: str) -> None:
        with connect() as session:
            for number in range(EMAILS):
                try:
                    session.execute(
                        f"INSERT INTO {table} (last_name, email) VALUES ('Racer', %s)", [f"racer{number}@example.com"]
                    )
                except psycopg.errors.UniqueViolation:
                    pass

    together(lambda: register("customers"), lambda: register("employees"))
    emails = db.execute(text("SELECT count(*), count(DISTINCT email) FROM people")).one()
    assert tuple(emails) == (EMAILS, EMAILS)


def test_i04_a_reference_takes_any_person_and_nobody_else(db):
    star = "INSERT INTO stars (person_id, record_kind, record_id, starred_at) VALUES (:id, 'company', uuidv7(), now())"
    for person in (make_customer(), make_employee()):
        db.execute(text(star), {"id": person.person_id})
    db.commit()
    assert "fk_stars_person_id" in refused(db, star, id=uuid4())


def test_i05_what_belongs_to_a_customer_belongs_to_no_employee(db):
    channel, ravi = make_channel(), make_employee()
    why = refused(
        db,
        "UPDATE comm_channels SET customer_id = :id WHERE channel_id = :channel",
        id=ravi.person_id,
        channel=channel.channel_id,
    )
    assert "fk_comm_channels_customer_id" in why


@pytest.mark.parametrize("table", ["customers", "people", "person_registry"])
def test_i06_who_is_referred_to_is_not_deleted(db, table):
    carla = make_customer()
    make_channel(carla)
    assert "foreign key" in refused(db, f"DELETE FROM {table} WHERE person_id = :id", id=carla.person_id)


def test_i07_no_reference_outlives_the_person_it_is_made_to_meanwhile(db, connect):
    db.execute(text("CREATE TABLE probe (person_id uuid REFERENCES person_registry)"))
    ids = [uuid4() for _ in range(RACES)]
    db.execute(
        text("INSERT INTO customers (person_id, last_name) SELECT unnest(CAST(:ids AS uuid[])), 'Racer'"), {"ids": ids}
    )
    db.commit()
    gate = threading.Barrier(2)

    def race(statement: str) -> None:
        with connect() as session:
            for person_id in ids:
                gate.wait()
                try:
                    session.execute(statement, [person_id])
                except psycopg.errors.ForeignKeyViolation:
                    pass

    try:
        together(
            lambda: race("INSERT INTO probe VALUES (%s)"),
            lambda: race("DELETE FROM customers WHERE person_id = %s"),
        )
        orphans = "SELECT count(*) FROM probe WHERE person_id NOT IN (SELECT person_id FROM people)"
        assert db.scalar(text(orphans)) == 0
    finally:
        db.rollback()
        db.execute(text("DROP TABLE probe"))
        db.commit()


def test_i08_and_i09_a_child_made_by_hand_is_found_out(db):
    db.execute(text("CREATE TABLE suppliers () INHERITS (people)"))
    lacks = {problem.split(" of people")[0] for problem in schema_check.problems() if problem.startswith("suppliers ")}
    db.rollback()
    assert {"suppliers lacks the primary key", "suppliers lacks the index", "suppliers lacks the trigger"} <= lacks
    assert "suppliers has no foreign key to the registry" in lacks


def test_i09_a_lost_rule_of_a_child_is_found_out(db):
    db.execute(text("DROP INDEX ix_customers_name"))
    db.execute(text("DROP TRIGGER audit_update ON employees"))
    found = " ".join(schema_check.problems())
    db.rollback()
    assert "customers lacks the index" in found
    assert "employees lacks the trigger" in found
    assert "inherited constraint" in refused(db, "ALTER TABLE customers ALTER COLUMN last_name DROP NOT NULL")


WRITES = {
    "directly": "UPDATE customers SET last_name = 'New' WHERE person_id = :id",
    "through the parent": "UPDATE people SET last_name = 'New' WHERE person_id = :id",
    "in bulk": "UPDATE customers SET last_name = 'New'",
    "by merge": "MERGE INTO customers USING (SELECT CAST(:id AS uuid) AS id) AS given ON person_id = given.id"
    " WHEN MATCHED THEN UPDATE SET last_name = 'New' WHEN NOT MATCHED THEN DO NOTHING",
}


@pytest.mark.parametrize("way", WRITES)
def test_i10_every_way_of_writing_is_in_the_trail_and_counted(db, way):
    carla = make_customer()
    before = carla.version
    db.execute(text(WRITES[way]), {"id": carla.person_id} if ":id" in WRITES[way] else {})
    db.commit()
    trail = text("SELECT count(*) FROM audit_log WHERE row_id = :id AND action = 'update'")
    assert db.scalar(trail, {"id": str(carla.person_id)}) == 1
    db.refresh(carla)
    assert carla.version == before + 1


def test_i10_also_by_copy(db, connect):
    with connect() as session, session.cursor().copy("COPY customers (last_name) FROM STDIN") as copy:
        copy.write_row(["Copied"])
    assert db.scalar(text("SELECT count(*) FROM audit_log WHERE action = 'insert' AND table_name = 'customers'")) == 1
    assert db.scalar(text("SELECT count(*) FROM person_registry")) == 1


@pytest.mark.parametrize("table", ["people", "customers", "employees", "person_registry CASCADE"])
def test_i11_nobody_is_truncated(db, table):
    assert "may not be truncated" in refused(db, f"TRUNCATE {table}")


def test_i12_the_registry_and_the_people_are_the_same(db):
    assert "who is nobody" in refused(db, "INSERT INTO person_registry VALUES (uuidv7(), 'customer')")
    db.execute(text("ALTER TABLE customers DISABLE TRIGGER register"))
    assert "fk_customers_person_id" in refused(db, "INSERT INTO customers (last_name) VALUES ('Ghost')")


@pytest.mark.parametrize("change", ["person_id = uuidv7()", "kind = 'employee'"])
def test_i13_identity_and_kind_never_change(db, change):
    make_customer()
    assert "never change" in refused(db, f"UPDATE customers SET {change}")


def test_i16_given_and_generated_ids_do_not_collide(db):
    given = uuid4()
    db.execute(text("INSERT INTO customers (person_id, last_name) VALUES (:id, 'Given')"), {"id": given})
    for number in range(20):
        people.register_customer(people.CustomerDetails(last_name=f"Generated {number}"), actor=SYSTEM)
    database.session.commit()
    assert db.scalar(text("SELECT count(DISTINCT person_id) FROM people")) == 21
    assert "pk_person_registry" in refused(
        db, "INSERT INTO customers (person_id, last_name) VALUES (:id, 'Again')", id=given
    )


def test_whoever_refers_to_people_is_found_by_an_index(db):
    whole = """
        SELECT conrelid::regclass || '.' || a.attname FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE contype = 'f' AND confrelid = 'person_registry'::regclass AND conparentid = 0 AND NOT EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1]
            AND coalesce(pg_get_expr(i.indpred, i.indrelid), '') IN ('', format('(%I IS NOT NULL)', a.attname)))
    """
    assert db.scalars(text(whole)).all() == []
