"""Who works here, what roles may do, and the trail of it all.

/staff  /staff/new  /staff/<id>  /staff/<id>/invitation[/delete]  /staff/<id>/deactivation[/delete]  /roles  /audit
"""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from app.accounts import audit, queries
from app.accounts.actions import roles, staff
from app.accounts.forms import EmployeeForm, PlaceForm, sent_grants
from app.core import access, paging, web
from app.core.access import PERMISSIONS, ROLES
from app.core.errors import Invalid
from app.engine.filters.forms import read_where
from app.engine.views import opening
from app.people import actions as people
from app.people import queries as find

bp = Blueprint("staff", __name__)


@bp.get("/staff")
@access.requires("staff.read")
@opening.opens("/staff")
def index(opened: opening.Opened) -> Response:
    asked = request.args
    narrowed: dict[str, Any] = {
        "words": asked.get("q", ""),
        "show": asked.get("show", ""),
        "where": read_where("employee", asked),
    }
    page = queries.list_staff(**narrowed, **opened.asked)
    count = queries.count_staff(**narrowed, group=opened.layout.group_key)
    return web.render(
        "accounts/staff.html",
        page=page,
        table=opened.layout.fill(access.actor(), page.rows, count.groups),
        count=count,
        where=narrowed["where"],
        saved=opened.saved,
        query=asked.to_dict(flat=False),
        show=narrowed["show"],
        last=paging.LAST,
    )


@bp.get("/staff/new")
@access.requires("staff.edit")
def new() -> Response:
    return web.render("accounts/staff_new.html", form=EmployeeForm(), departments=queries.list_departments())


@bp.post("/staff")
@access.requires("staff.edit")
def create() -> Response:
    form = EmployeeForm()
    if form.was_sent():
        try:
            employee = staff.register(people.EmployeeDetails(**form.data), actor=access.actor())
        except Invalid as refusal:
            form.blame(refusal)
        else:
            return web.go(f"/staff/{employee.person_id}", f"{employee.name} is registered and invited.")
    return web.render("accounts/staff_new.html", status=422, form=form, departments=queries.list_departments())


@bp.get("/staff/<uuid:person_id>")
@access.requires("staff.read")
def show(person_id: UUID) -> Response:
    row = queries.get_staff_row(person_id)
    place = {"role": row.employee.role, "department": row.employee.department}
    return _show(person_id, PlaceForm(**place, seen_role=place["role"], seen_department=place["department"]))


def _show(person_id: UUID, form: PlaceForm, status: int = 200) -> Response:
    row = queries.get_staff_row(person_id)
    departments = queries.list_departments()
    return web.render("accounts/staff_member.html", status=status, row=row, form=form, departments=departments)


@bp.post("/staff/<uuid:person_id>")
@access.requires("staff.edit")
def update(person_id: UUID) -> Response:
    form = PlaceForm()
    employee = find.get_employee(person_id)
    if form.was_sent():
        seen = {"role": form.seen_role.data, "department": form.seen_department.data}
        try:
            staff.change(
                employee, role=form.role.data, department=form.department.data, seen=seen, actor=access.actor()
            )
        except Invalid as refusal:
            form.blame(refusal)
        else:
            return web.go(f"/staff/{person_id}", "Saved. It counts from now on.")
    return _show(person_id, form, 422)


@bp.post("/staff/<uuid:person_id>/invitation")
@access.requires("staff.edit")
def invite(person_id: UUID) -> Response:
    employee = find.get_employee(person_id)
    staff.invite(employee, actor=access.actor())
    return web.go(f"/staff/{person_id}", f"We wrote to {employee.email}. Earlier links work no more.")


@bp.post("/staff/<uuid:person_id>/invitation/delete")
@access.requires("staff.edit")
def cancel_invitation(person_id: UUID) -> Response:
    staff.cancel_invitation(find.get_employee(person_id))
    return web.go(f"/staff/{person_id}", "The link in the mail works no more.")


@bp.post("/staff/<uuid:person_id>/deactivation")
@access.requires("staff.edit")
def deactivate(person_id: UUID) -> Response:
    employee = find.get_employee(person_id)
    staff.deactivate(employee, actor=access.actor())
    return web.go(f"/staff/{person_id}", f"{employee.name} cannot sign in any more.")


@bp.post("/staff/<uuid:person_id>/deactivation/delete")
@access.requires("staff.edit")
def reactivate(person_id: UUID) -> Response:
    employee = find.get_employee(person_id)
    people.reactivate(employee, actor=access.actor())
    return web.go(f"/staff/{person_id}", f"{employee.name} can sign in again.")


@bp.get("/roles")
@access.requires("roles.manage")
def roles_page() -> Response:
    grants = roles.present_grants()
    return web.render(
        "accounts/roles.html",
        roles=ROLES,
        groups=_groups(),
        grants=grants,
        seen=roles.fingerprint(grants),
        can_change=roles.can_change,
    )


def _groups() -> list[tuple[str, list[access.Permission]]]:
    groups: dict[str, list[access.Permission]] = {}
    for permission in PERMISSIONS.values():
        name = permission.key.partition(".")[0].replace("_", " ").capitalize()
        groups.setdefault(name.replace("Api", "API"), []).append(permission)
    return sorted(groups.items())


@bp.post("/roles")
@access.requires("roles.manage")
def save_roles() -> Response:
    changed = roles.change_grants(sent_grants(), seen=request.form.get("seen", ""))
    return web.go("/roles", f"{changed} rights changed. They count from now on." if changed else "Nothing changed.")


@bp.get("/audit")
@access.requires("audit.read")
def audit_page() -> Response:
    asked = request.args
    wanted = audit.Filter(
        who=asked.get("who", "").strip(),
        table=asked.get("table", ""),
        record=asked.get("record", "").strip(),
        since=_day(asked.get("since", "")),
        until=_day(asked.get("until", "")),
    )
    page = audit.list_entries(wanted, actor=access.actor(), cursor=asked.get("after", ""))
    return web.render(
        "accounts/audit.html", "accounts/_audit_list.html", listed=page, wanted=wanted, tables=audit.list_tables()
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("A day looks like 2026-05-31.") from None
