"""Employees.

/employees  /employees/{id}  .../deactivation
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.accounts import queries as accounts
from app.accounts.actions import staff
from app.api import versions
from app.api.contract import Blueprint
from app.api.schemas import people as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.people import actions, queries
from app.people.models import Employee

bp = Blueprint("Employees", "Whoever works here.")

EXAMPLE = {
    "first_name": "Grace",
    "last_name": "Hopper",
    "email": "grace@shop.example",
    "department": "Support",
    "role": "agent",
}
PLACE = ("role", "department")


@bp.route("/employees")
class Employees(MethodView):
    @bp.lists(shapes.Employee, shapes.EmployeeQuery)
    @access.requires("staff.read")
    def get(self, wanted: dict[str, Any]) -> Page[Employee]:
        """List and search employees"""
        show = "gone" if wanted["state"] == "deactivated" else ""
        page = accounts.list_staff(
            words=wanted["q"],
            show=show,
            where=wanted["where"],
            sort=wanted["sort"],
            cursor=wanted["after"],
            size=wanted["limit"],
        )
        return Page([row.employee for row in page.rows], page.next, page.previous, page.size)

    @bp.creates(shapes.EmployeeIn, shapes.Employee, example=EXAMPLE)
    @access.requires("staff.edit")
    def post(self, values: dict[str, Any]) -> Employee:
        """Register an employee, who gets an invitation by mail"""
        return staff.register(actions.EmployeeDetails(**values), actor=actor())


@bp.route("/employees/<uuid:employee_id>")
class OneEmployee(MethodView):
    @bp.reads(shapes.Employee)
    @access.requires("staff.read")
    def get(self, employee_id: UUID) -> Employee:
        """Read an employee"""
        return queries.get_employee(employee_id)

    @bp.changes(shapes.EmployeePatch, shapes.Employee, example={"department": "Sales"})
    @access.requires("staff.edit")
    def patch(self, values: dict[str, Any], employee_id: UUID) -> Employee:
        """Change an employee’s name, position, department or role"""
        employee = versions.matching(queries.get_employee(employee_id))
        seen = {name: getattr(employee, name) for name in PLACE}
        place = {name: values.pop(name, present) for name, present in seen.items()}
        staff.change(employee, **place, seen=seen, actor=actor())
        actions.edit_employee(employee, values, actor=actor())
        return employee


@bp.route("/employees/<uuid:employee_id>/deactivation")
class Deactivation(MethodView):
    @bp.does(shapes.Employee)
    @access.requires("staff.edit")
    def post(self, employee_id: UUID) -> Employee:
        """Let an employee in no more; their sign-ins and keys end at once"""
        employee = queries.get_employee(employee_id)
        staff.deactivate(employee, actor=actor())
        return employee

    @bp.does(shapes.Employee)
    @access.requires("staff.edit")
    def delete(self, employee_id: UUID) -> Employee:
        """Let an employee in again"""
        employee = queries.get_employee(employee_id)
        actions.reactivate(employee, actor=actor())
        return employee
