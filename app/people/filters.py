"""What can be asked about customers and employees."""

from sqlalchemy import ColumnElement, and_, func

from app.engine.codes import fields as codes
from app.engine.codes.fields import Span, Standard
from app.engine.events import catalogue
from app.engine.events.models import Event
from app.engine.filters.fields import Collection, Entity, Field, by_key
from app.people import queries
from app.people.access import visible_to
from app.people.forms import STAGE_LABELS
from app.people.models import Customer, Employee, StageChange


def _stages() -> list[tuple[str, str]]:
    return list(STAGE_LABELS.items())


def _countries() -> list[tuple[str, str]]:
    return [(country, country) for country in queries.list_countries() if country]


def _owners() -> list[tuple[str, str]]:
    return [(str(owner.person_id), owner.name) for owner in queries.list_owners()]


def _name(person: type[Customer | Employee]) -> ColumnElement[str]:
    return func.trim(person.first_name + " " + person.last_name)


def _kinds_of_events() -> list[tuple[str, str]]:
    return [(kind.name, kind.label) for kind in catalogue.about("customer")]


CUSTOMERS = Entity(
    "customer",
    "Customers",
    Customer.person_id,
    _name(Customer),
    "/customers",
    permission="customers.read",
    visible=lambda actor: and_(visible_to(actor), Customer.erased_at.is_(None)),
    fields=by_key(
        Field("stage", "Stage", "choice", Customer.stage, _stages),
        Field("country", "Country", "choice", Customer.country, _countries),
        Field("owner", "Looked after by", "identity", Customer.owner_id, _owners),
        Field("created", "Customer since", "moment", Customer.created_at),
        Field("source", "Came by", "text", Customer.source),
        Field("reference", "Reference", "text", Customer.reference),
        Field("first_name", "First name", "text", Customer.first_name),
        Field("last_name", "Last name", "text", Customer.last_name),
        Field("email", "Email", "text", Customer.email, permission="pii.read"),
        Field("confirmed", "Email confirmed", "yes", Customer.email_verified_at.is_not(None)),
        Field("phone", "Phone", "sealed", Customer.phone_index),
        Field("address", "Address", "sealed", Customer.address_enc),
        Field("active", "May sign in and buy", "yes", Customer.deactivated_at.is_(None)),
    ),
)

CUSTOMERS.add_collection(
    Collection(
        "stages",
        "Changes of stage",
        StageChange.person_id,
        StageChange.at,
        by_key(
            Field("to", "Came to", "choice", StageChange.after, _stages),
            Field("from", "Came from", "choice", StageChange.before, _stages),
            Field("at", "When", "moment", StageChange.at),
        ),
    )
)

CUSTOMERS.add_collection(
    Collection(
        "events",
        "Events",
        Event.subject_id,
        Event.occurred_at,
        by_key(
            Field("kind", "What happened", "choice", Event.type, _kinds_of_events),
            Field("at", "When", "moment", Event.occurred_at),
        ),
        permission="customers.history",
    )
)

EMPLOYEES = Entity(
    "employee",
    "Staff",
    Employee.person_id,
    _name(Employee),
    "/staff",
    permission="staff.read",
    visible=lambda _actor: Employee.erased_at.is_(None),
    fields=by_key(
        Field("department", "Department", "text", Employee.department),
        Field("position", "Position", "text", Employee.position),
        Field("role", "Role", "text", Employee.role),
        Field("first_name", "First name", "text", Employee.first_name),
        Field("last_name", "Last name", "text", Employee.last_name),
        Field("email", "Email", "text", Employee.email),
        Field("created", "Registered", "moment", Employee.created_at),
        Field("active", "Works here", "yes", Employee.deactivated_at.is_(None)),
    ),
)

DAYS_KNOWN = func.extract("day", func.now() - Customer.created_at)


def add_standards() -> None:
    """Let what is typed and measured about people be coded and banded."""
    codes.add(
        Standard(
            "customer.source",
            "Customers came by",
            CUSTOMERS,
            Customer.source,
            "source_code",
            "Source",
            told_by=("customer.registered", "customer.updated", "import.finished"),
        )
    )
    codes.add(
        Standard(
            "employee.position",
            "Positions of staff",
            EMPLOYEES,
            Employee.position,
            "position_code",
            "Kind of work",
            told_by=("employee.registered", "employee.updated"),
        )
    )
    codes.add(
        Standard(
            "customer.known",
            "How long customers are known",
            CUSTOMERS,
            DAYS_KNOWN,
            "known_band",
            "Known for",
            unit="days",
            usual=(
                Span(0, "new", "Up to a month"),
                Span(31, "months", "Some months"),
                Span(365, "year", "Over a year"),
                Span(1095, "years", "Over three years"),
            ),
        )
    )
