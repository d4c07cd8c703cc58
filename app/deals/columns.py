"""What the list of deals shows, and lists of customers of their deals."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from werkzeug.datastructures import MultiDict

from app.companies.models import Company
from app.core.access import Actor
from app.core.db import one_of
from app.deals import forms
from app.deals.access import visible_to
from app.deals.forms import STATE_LABELS, TONES
from app.deals.models import Deal, LostReason, Pipeline, Stage
from app.deals.queries import deals as queries
from app.engine.views.columns import Column, Face, Listing, Related, read_layout
from app.people.models import Customer, Employee


def _around(_actor: Actor, deals: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    """The names of what deals point to."""
    return (
        select(
            Deal.deal_id.label("id"),
            Stage.name.label("stage"),
            Stage.kind,
            Pipeline.name.label("pipeline"),
            LostReason.name.label("reason"),
            Customer.name.label("customer"),
            Customer.person_id.label("customer_id"),
            Company.name.label("company"),
            Company.company_id,
            Employee.name.label("owner"),
            Employee.person_id.label("owner_id"),
        )
        .join(Stage, Stage.stage_id == Deal.stage_id)
        .join(Pipeline, Pipeline.pipeline_id == Deal.pipeline_id)
        .outerjoin(LostReason, LostReason.reason_id == Deal.lost_reason_id)
        .outerjoin(Customer, Customer.person_id == Deal.customer_id)
        .outerjoin(Company, Company.company_id == Deal.company_id)
        .outerjoin(Employee, Employee.person_id == Deal.owner_id)
        .where(one_of(Deal.deal_id, [deal.deal_id for deal in deals]))
    )


def _customer(found: Any) -> tuple[str, str] | None:
    return (found["customer"], f"/customers/{found['customer_id']}") if found["customer_id"] else None


def _company(found: Any) -> tuple[str, str] | None:
    return (found["company"], f"/companies/{found['company_id']}") if found["company_id"] else None


def _owner(found: Any) -> tuple[str, str] | None:
    return (found["owner"], f"/deals?owner={found['owner_id']}") if found["owner_id"] else None


AROUND = Related("around", _around)


def _rows(actor: Actor, values: MultiDict[str, str]) -> Select[Any]:
    layout = read_layout("/deals", values, actor)
    return queries.select_deals(actor, forms.read_filter(values), sort=layout.sort, group=layout.group_key)


DEALS = Listing(
    "/deals",
    "deals.read",
    lambda deal: deal.deal_id,
    sort="-created",
    nouns=("deal", "deals"),
    kind="deal",
    rows=_rows,
    id_column=Deal.deal_id,
)
DEAL_COLUMNS = (
    Column("title", "Deal", "title", lambda one: Face(one.title, f"/deals/{one.deal_id}"), sort="title"),
    Column("customer", "Customer", "link", _customer, is_usual=True, related=AROUND, nothing="Nobody named"),
    Column(
        "stage",
        "Stage",
        "state",
        lambda found: (found["stage"], TONES[found["kind"]]),
        is_usual=True,
        related=AROUND,
        group=lambda one: one.stage_id,
    ),
    Column(
        "value",
        "Value",
        "money",
        lambda one: (one.value_minor, one.currency),
        is_usual=True,
        sort="value",
        falls=True,
    ),
    Column("expected", "Expected", "day", lambda one: one.expected_on, is_usual=True, sort="expected"),
    Column("next", "Next step", "words", lambda one: one.next_step, is_usual=True),
    Column(
        "owner",
        "Looked after by",
        "link",
        _owner,
        is_usual=True,
        related=AROUND,
        group=lambda one: one.owner_id,
        nothing="Looked after by nobody",
    ),
    Column("company", "Company", "link", _company, related=AROUND),
    Column("next_on", "Next step on", "day", lambda one: one.next_step_on),
    Column("created", "Added", "when", lambda one: one.created_at, sort="created", falls=True),
    Column("closed", "Closed", "when", lambda one: one.closed_at, sort="closed", falls=True),
    Column("since", "In its stage since", "when", lambda one: one.stage_since),
    Column(
        "pipeline",
        "Pipeline",
        "text",
        lambda found: found["pipeline"],
        related=AROUND,
        group=lambda one: one.pipeline_id,
    ),
    Column("state", "State", "state", lambda one: (STATE_LABELS[one.state], TONES[one.state])),
    Column("reason", "Lost because", "text", lambda found: found["reason"], related=AROUND),
    Column("source", "Came by", "text", lambda one: one.source),
)


def _open_deals(actor: Actor, customers: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    """The open deals of each, worth in the currency of most."""
    return (
        select(
            Deal.customer_id.label("id"),
            func.sum(func.count()).over(partition_by=Deal.customer_id).label("count"),
            func.sum(Deal.value_minor).label("value_minor"),
            Deal.currency,
        )
        .where(
            one_of(Deal.customer_id, [customer.person_id for customer in customers]),
            Deal.state == "open",
            visible_to(actor),
        )
        .group_by(Deal.customer_id, Deal.currency)
        .distinct(Deal.customer_id)
        .order_by(Deal.customer_id, func.count().desc())
    )


OPEN_DEALS = Related("open_deals", _open_deals)
RIGHT = "deals.read"
OF_CUSTOMERS = (
    Column("deals", "Open deals", "number", lambda found: int(found["count"]), related=OPEN_DEALS, permission=RIGHT),
    Column(
        "deal_value",
        "Open deals’ value",
        "money",
        lambda found: (int(found["value_minor"]), found["currency"]),
        related=OPEN_DEALS,
        permission=RIGHT,
    ),
)
