"""What can be asked about companies, and about customers by where they work."""

from sqlalchemy import select, true

from app.companies.models import Company
from app.engine.filters.fields import Collection, Entity, Field, by_key
from app.people import queries as people
from app.people.forms import STAGE_LABELS
from app.people.models import Customer


def _owners() -> list[tuple[str, str]]:
    return [(str(owner.person_id), owner.name) for owner in people.list_owners()]


COMPANIES = Entity(
    "company",
    "Companies",
    Company.company_id,
    Company.name,
    "/companies",
    permission="companies.read",
    visible=lambda _actor: true(),
    fields=by_key(
        Field("name", "Name", "text", Company.name),
        Field("domain", "Domain", "text", Company.domain),
        Field("industry", "Industry", "text", Company.industry),
        Field("country", "Country", "text", Company.country),
        Field("staff", "People who work there", "number", Company.staff),
        Field("owner", "Looked after by", "identity", Company.owner_id, _owners),
        Field("phone", "Phone", "text", Company.phone),
        Field("website", "Website", "text", Company.website),
        Field("created", "Added", "moment", Company.created_at),
        Field("archived", "Archived", "yes", Company.archived_at.is_not(None)),
    ),
)

COMPANIES.add_collection(
    Collection(
        "people",
        "Customers",
        Customer.company_id,
        Customer.created_at,
        by_key(
            Field("stage", "Stage", "choice", Customer.stage, lambda: list(STAGE_LABELS.items())),
            Field("country", "Country", "text", Customer.country),
            Field("created", "Customer since", "moment", Customer.created_at),
        ),
        base=Customer.company_id.is_not(None),
        permission="customers.read",
    )
)

_OF_CUSTOMER = select(Company.company_id.label("parent"), Company.name, Company.industry, Company.country).subquery()

OF_CUSTOMERS = (
    Field("has_company", "Works for a company", "yes", Customer.company_id.is_not(None), group="Company"),
    *(
        Field(
            f"company_{key}",
            label,
            "text",
            _OF_CUSTOMER.c[key],
            group="Company",
            permission="companies.read",
            joined=_OF_CUSTOMER,
            joined_by=Customer.company_id,
        )
        for key, label in (("name", "Company"), ("industry", "Company’s industry"), ("country", "Company’s country"))
    ),
)
