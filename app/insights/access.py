"""Who may see how people do."""

from app.core.access import Actor, Permission
from app.people.models import Employee

PERMISSIONS = (
    Permission(
        "performance.read",
        "See performance",
        agent="own",
        manager="all",
        scoped=True,
    ),
    Permission("funnel.read", "See how leads become customers", agent="all", manager="all"),
)


def can_see(actor: Actor, employee: Employee) -> bool:
    """One's own numbers, one's department's, or everybody's, as the role grants."""
    scope = actor.scope("performance.read")
    if scope == "team":
        return employee.person_id == actor.id or employee.department == actor.department
    return scope == "all" or (scope == "own" and employee.person_id == actor.id)
