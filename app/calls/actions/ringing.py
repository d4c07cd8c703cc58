"""What employees say of their own phones."""

from sqlalchemy.dialects.postgresql import insert

from app.calls.models import RingingChoice
from app.core.access import Actor
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.people import actions as people
from app.people import details
from app.people.models import Employee


def choose(number: str, *, opens_customer: bool, actor: Actor) -> None:
    """Say where one is rung, nowhere without a number, and what one's pages do then. Raises: Invalid by field."""
    employee = db.session.get(Employee, actor.id)
    if employee is None:
        raise NotFound
    try:
        plain = details.phone(number, details.NO_COUNTRY)
    except Invalid as refusal:
        raise Invalid(errors={"number": [str(refusal)]}) from None
    people.edit_employee(employee, {"phone": plain}, actor=actor)
    values = {"opens_customer": opens_customer}
    statement = insert(RingingChoice).values(person_id=actor.id, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=values))
