"""What each role may do, as an admin wants it."""

import hashlib
import json
from collections.abc import Mapping

from sqlalchemy import delete, select, text

from app.accounts import sign_ins
from app.accounts.models import ChangedGrant, SignIn
from app.core.access import PERMISSIONS, ROLES, Permission, Scope
from app.core.db import db
from app.core.errors import Conflict
from app.people.models import Customer, Employee

Grants = dict[tuple[str, str], Scope | None]

# Without these nobody could ever undo a change made here.
KEPT_BY_ADMIN = ("roles.manage", "staff.read", "staff.edit", "audit.read")


def present_grants() -> Grants:
    """Every (role, permission) with its scope of today, None where it is not granted."""
    changed = {(row.role, row.permission): row.scope for row in db.session.scalars(select(ChangedGrant))}
    return {
        (role, key): changed.get((role, key), permission.for_role(role))  # type: ignore[misc]
        for key, permission in PERMISSIONS.items()
        for role in ROLES
    }


def can_change(role: str, permission: Permission) -> bool:
    """What must stay: the admin's way back, and the customers' side of the house."""
    if role == "admin":
        return permission.key not in KEPT_BY_ADMIN
    return role != "customer" or permission.customer is not None


def fingerprint(grants: Grants) -> str:
    """A short name for one state of the table, to notice that somebody else changed it."""
    listed = sorted((role, key, scope) for (role, key), scope in grants.items() if scope)
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:16]


def change_grants(wanted: Mapping[tuple[str, str], Scope | None], *, seen: str) -> int:
    """Lay an admin's wishes over the declared grants; works with everybody's next click. Returns how many changed.

    Raises: Conflict when the table is not the one the admin saw.
    """
    db.session.execute(text("LOCK TABLE changed_grants IN SHARE ROW EXCLUSIVE MODE"))
    present = present_grants()
    changed = {
        (role, key): scope
        for (role, key), scope in wanted.items()
        if key in PERMISSIONS and can_change(role, PERMISSIONS[key]) and scope != present[role, key]
    }
    if changed and seen != fingerprint(present):
        raise Conflict(
            "Somebody else changed the roles while you were editing.",
            conflicts=[
                {
                    "label": f"{role.capitalize()}: {PERMISSIONS[key].label}",
                    "yours": scope or "no",
                    "theirs": present[role, key] or "no",
                }
                for (role, key), scope in changed.items()
            ],
        )
    for (role, key), scope in changed.items():
        _set(role, PERMISSIONS[key], scope)
    for role in {role for role, _ in changed}:
        _forget(role)
    return len(changed)


def _set(role: str, permission: Permission, scope: Scope | None) -> None:
    here = (ChangedGrant.role == role, ChangedGrant.permission == permission.key)
    db.session.execute(delete(ChangedGrant).where(*here))
    if scope != permission.for_role(role):
        db.session.add(ChangedGrant(role=role, permission=permission.key, scope=scope))
    db.session.flush()


def _forget(role: str) -> None:
    people = (
        select(Customer.person_id) if role == "customer" else select(Employee.person_id).where(Employee.role == role)
    )
    sign_ins.forget(SignIn.person_id.in_(people))
