"""004-30: an employee is a person with a department, and a change of department is on record."""

from sqlalchemy import select, text

from app.accounts import sign_ins
from app.engine.events.models import Event
from app.people import actions as people
from tests.factories import make_employee

PARENTS = text("SELECT inhparent::regclass::text FROM pg_inherits WHERE inhrelid = 'employees'::regclass")
TRAIL = text("SELECT actor_id, changes FROM audit_log WHERE row_id = :id AND action = 'update'")


def test_employees_inherit_people(db):
    assert db.scalars(PARENTS).all() == ["people"]


def test_a_change_of_department_is_on_record_with_who_made_it(browser, db):
    ada, ravi = make_employee("admin"), make_employee("agent", department="Support")
    form = {"role": "agent", "department": "Sales", "seen_role": "agent", "seen_department": "Support"}
    assert browser(ada).post(f"/staff/{ravi.person_id}", form).status_code == 303
    db.expire_all()
    assert ravi.department == "Sales"
    trail = db.execute(TRAIL, {"id": str(ravi.person_id)}).one()
    assert trail.actor_id == ada.person_id
    assert trail.changes["department"] == ["Support", "Sales"]
    event = db.scalars(select(Event).where(Event.type == "employee.department_changed")).one()
    assert event.payload == {"before": "Support", "after": "Sales"}


def test_the_same_department_again_is_no_change(db):
    ravi = make_employee("agent", department="Support")
    people.assign_department(ravi, "Support", actor=sign_ins.actor_for(make_employee("admin").person_id))
    db.commit()
    assert db.scalars(select(Event).where(Event.type == "employee.department_changed")).all() == []
