"""With a hundred thousand customers every page finds its way by an index."""

from urllib.parse import quote

import pytest
from sqlalchemy import select, text

from app.core.crypto import keyring
from app.core.db import db as database
from app.core.paging import LAST
from app.people.models import Customer
from tests.factories import make_employee
from tests.statements import scanned

pytestmark = pytest.mark.slow

FILL = """
    SET session_replication_role = replica;
    INSERT INTO customers
        (first_name, last_name, email, stage, country, reference, owner_id, created_at, deactivated_at)
    SELECT 'First' || n % 997, 'Last' || n % 9973, 'person' || n || '@example.com',
        (ARRAY['lead', 'prospect', 'customer', 'customer'])[1 + n % 4], 'Country ' || n % 40, 'REF-' || n,
        CASE WHEN n % 50 = 0 THEN '{owner}'::uuid END, now() - make_interval(mins => n),
        CASE WHEN n % 500 = 0 THEN now() END
    FROM generate_series(1, 100000) AS n;
    UPDATE customers SET phone_index = '\\x{phone}' WHERE reference = 'REF-777';
    INSERT INTO person_registry SELECT person_id, kind, email FROM customers;
    SET session_replication_role = origin;
    ANALYZE customers;
"""
EMPTY = """
    SET session_replication_role = replica;
    DELETE FROM customers;
    DELETE FROM person_registry;
    SET session_replication_role = origin;
"""


@pytest.fixture
def agent(browser, db):
    """An agent among a hundred thousand customers, none of whom is left to other tests."""
    ravi = make_employee("agent")
    phone = keyring.blind_index("+442079460000", "people.phone").hex()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(FILL.format(owner=ravi.person_id, phone=phone).replace("%", "%%"))
        yield browser(ravi)
        database.session.rollback()
        connection.exec_driver_sql(EMPTY)
        connection.exec_driver_sql("VACUUM (ANALYZE) customers, person_registry")


def test_no_page_reads_all_customers(agent, db):
    someone = db.scalars(select(Customer).where(Customer.reference == "REF-777")).one()
    owner = db.scalar(text("SELECT person_id FROM employees"))
    pages = [
        "/customers",
        f"/customers?after={LAST}",
        "/customers?sort=-created",
        f"/customers?sort=created&after={LAST}",
        "/customers?stage=lead",
        "/customers?country=Country+7",
        "/customers?country=Nowhere",
        f"/customers?owner={owner}",
        "/customers?state=deactivated",
        "/customers?group=stage",
        "/customers?group=country&sort=-name",
        "/customers?group=owner&columns=name,owner,value,purchases,talked",
        f"/customers?group=owner&after={LAST}",
        "/customers?where=" + quote(f'{{"f":"owner","op":"in","v":["{owner}"]}}'),
        "/customers?q=first12+last4711",
        "/customers?q=person4711@example.com",
        "/customers?q=REF-4711",
        "/customers?q=020+7946+0000",
        "/customers?q=zq",
        "/customers?q=nobody+at+all",
        "/customers/alike?first_name=Firsd12&last_name=Lasd4711",
        f"/customers/{someone.person_id}",
        f"/customers/{someone.person_id}/edit",
        "/search?q=last4711",
    ]
    for address in pages:
        with scanned() as tables:
            assert agent.get(address, fragment="alike" in address).status_code == 200
        assert "customers" not in tables, address
