"""What happens to people, as others hear of it."""

from app.engine.events.catalogue import EventType

TYPES = (
    EventType("customer.registered", "Registered", {"source": str}, about="customer"),
    EventType("customer.updated", "Changed", {"fields": list}, about="customer"),
    EventType("customer.deactivated", "Deactivated", {}, about="customer"),
    EventType("customer.reactivated", "Reactivated", {}, about="customer"),
    EventType("customer.revealed", "Contact details shown in full", {}, about="customer"),
    EventType("customer.disclosed", "A copy of their data was asked for", {}, about="customer"),
    EventType("customer.erased", "Erased", {"reason": str}, about="customer"),
    EventType("lead.created", "Came as a lead", {"stage": str, "source": str}, about="customer"),
    EventType("lead.converted", "Became a customer", {"before": str, "how": str}, about="customer"),
    EventType("employee.registered", "Registered", {"department": str, "role": str}),
    EventType("employee.updated", "Changed", {"fields": list}),
    EventType("employee.department_changed", "Changed department", {"before": str, "after": str}),
    EventType("employee.role_changed", "Changed role", {"before": str, "after": str}),
    EventType("employee.deactivated", "Deactivated", {}),
    EventType("employee.reactivated", "Reactivated", {}),
)
