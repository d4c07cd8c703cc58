"""What the list of staff shows."""

from app.accounts.queries import StaffRow
from app.engine.views.columns import Column, Face, Listing


def _face(row: StaffRow) -> Face:
    employee = row.employee
    return Face(employee.name, f"/staff/{employee.person_id}", employee.email, employee.person_id)


STAFF = Listing("/staff", "staff.read", lambda row: row.employee.person_id, sort="name")
COLUMNS = (
    Column("name", "Employee", "person", _face, sort="name"),
    Column(
        "department",
        "Department",
        "text",
        lambda row: row.employee.department,
        is_usual=True,
        sort="department",
        group=lambda row: row.employee.department,
        nothing="No department",
    ),
    Column(
        "role",
        "Role",
        "text",
        lambda row: row.employee.role.capitalize(),
        is_usual=True,
        group=lambda row: row.employee.role,
    ),
    Column("state", "State", "state", lambda row: row.state, is_usual=True),
    Column("seen", "Last here", "when", lambda row: row.seen_at, is_usual=True),
    Column("position", "Position", "text", lambda row: row.employee.position),
    Column("hired", "Hired", "day", lambda row: row.employee.hired_on),
    Column("created", "Registered", "when", lambda row: row.employee.created_at),
)
