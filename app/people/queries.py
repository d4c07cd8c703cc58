"""Finding people."""

from uuid import UUID

from sqlalchemy import select

from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.people.access import visible_to
from app.people.models import Customer, Employee


def get_customer(actor: Actor, customer_id: UUID) -> Customer:
    """The door to one customer. Raises: NotFound when not there or not visible to this actor."""
    customer = db.session.scalar(select(Customer).where(Customer.person_id == customer_id, visible_to(actor)))
    if customer is None:
        raise NotFound
    return customer


def get_employee(employee_id: UUID) -> Employee:
    """One employee. Raises: NotFound."""
    employee = db.session.get(Employee, employee_id)
    if employee is None:
        raise NotFound
    return employee
