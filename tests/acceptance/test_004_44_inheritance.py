"""004-44: employees and customers inherit people; chats, calls and emails inherit communications.

What inheritance leaves open is closed: tests/people/test_inheritance.py.
"""

from sqlalchemy import text

from app.core import schema_check
from tests.factories import make_customer, make_employee


def test_the_inherited_tables(db):
    assert {
        ("people", "customers"),
        ("people", "employees"),
        ("communications", "chats"),
        ("communications", "phones"),
        ("communications", "emails"),
    } <= set(schema_check.children())


def test_everybody_is_a_person(db):
    carla, ravi = make_customer(), make_employee()
    people = db.execute(text("SELECT person_id, tableoid::regclass::text FROM people")).all()
    assert set(people) == {(carla.person_id, "customers"), (ravi.person_id, "employees")}
