"""Who works here, and as what."""

from uuid import UUID

from app.accounts import mails, sign_ins, tokens
from app.accounts.actions import api_keys
from app.core.access import Actor
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.engine.events.models import Event
from app.engine.notices import actions as notices
from app.people import actions as people
from app.people.models import Employee


def register(details: people.EmployeeDetails, *, actor: Actor) -> Employee:
    """Register an employee and mail the invitation. Raises: EmailTaken, Invalid."""
    employee = people.register_employee(details, actor=actor)
    invite(employee, actor=actor)
    return employee


def invite(employee: Employee, *, actor: Actor) -> str:
    """Mail a link with which the employee sets a password; an earlier one works no more. Returns its token.

    Raises: Conflict when they have a password, or are deactivated.
    """
    if employee.password_hash is not None:
        raise Conflict(f"{employee.name} has set a password already.")
    if not employee.is_active:
        raise Conflict(f"{employee.name} is deactivated.")
    email = employee.email or ""
    token = tokens.mint(employee.person_id, "invite", email)
    mail = mails.invitation(token, invited_by=actor.name, role=employee.role)
    notices.send_mail(email, mail, person_id=employee.person_id, is_secret=True)
    return token


def cancel_invitation(employee: Employee) -> None:
    """Let the mailed link work no more."""
    tokens.revoke(employee.person_id, "invite")


def change(employee: Employee, *, role: str, department: str, seen: dict[str, str], actor: Actor) -> None:
    """Change role and department; takes effect with the employee's next click.

    `seen` is what the editor started from. Raises: Conflict when somebody changed it meanwhile, or
    nobody would be left as admin; Invalid for one's own role.
    """
    db.session.refresh(employee, with_for_update=True)
    wanted = {"role": role, "department": department}
    conflicts = [
        {"label": field.capitalize(), "yours": wanted[field], "theirs": getattr(employee, field)}
        for field in wanted
        if seen[field] != getattr(employee, field) != wanted[field]
    ]
    if conflicts:
        raise Conflict("Somebody changed this employee while you were editing.", conflicts=conflicts)
    if role != employee.role and employee.person_id == actor.id:
        raise Invalid(errors={"role": ["You cannot change your own role. Ask another admin."]})
    people.assign_role(employee, role, actor=actor)
    people.assign_department(employee, department, actor=actor)


def deactivate(employee: Employee, *, actor: Actor) -> None:
    """Let an employee in no more: sign-ins, keys and links end at once; what they did stays.

    Raises: Conflict for oneself and for the last admin.
    """
    if employee.person_id == actor.id:
        raise Conflict("You cannot deactivate yourself. Ask another admin.")
    if employee.role == "admin":
        people.keep_one_admin(employee)
    people.deactivate(employee, actor=actor)
    close_account(employee.person_id)


def close_account(person_id: UUID) -> None:
    """Leave nothing of a person's account open."""
    sign_ins.end_all(person_id)
    api_keys.revoke_all(person_id)
    tokens.revoke(person_id, "invite", "reset", "verify")


def follow_deactivation(event: Event) -> None:
    """Whoever deactivated a person, and from wherever: their account closes."""
    if event.subject_id is not None:
        close_account(event.subject_id)
