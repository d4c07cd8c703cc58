"""Companies."""

from collections.abc import Callable
from functools import partial

from marshmallow import fields, validate

from app.api.schemas.base import Moment, PageQuery, Schema, Text, Versioned, Where, Whole, country, sort_field
from app.companies import details
from app.companies.forms import STATES
from app.companies.queries import ORDERS
from app.people import details as of_people

search = partial(of_people.plain_text, longest=200)
address: Callable[[str], str] = partial(of_people.plain_text, longest=details.LONGEST_ADDRESS)


class CompanyQuery(PageQuery):
    q = Text(search, 200, load_default="", metadata={"description": "Words of the name, domain or phone."})
    state = fields.String(load_default="active", validate=validate.OneOf(STATES))
    where = Where("company")
    sort = sort_field(ORDERS, "name", has_custom=True)


class CompanyIn(Schema):
    name = Text(details.name, details.LONGEST_NAME, required=True)
    domain = Text(
        details.domain,
        details.LONGEST_WEBSITE,
        load_default=None,
        allow_none=True,
        metadata={"description": "Belongs to one company that is not archived."},
    )
    website = Text(details.website, details.LONGEST_WEBSITE, load_default="")
    phone = Text(lambda text: of_people.phone(text, country()) or "", 60, load_default="")
    address = Text(address, details.LONGEST_ADDRESS, load_default="")
    country = Text(of_people.name, 100, load_default="")
    industry = Text(details.industry, details.LONGEST_INDUSTRY, load_default="")
    staff = Whole(
        0,
        details.MOST_STAFF,
        load_default=None,
        allow_none=True,
        metadata={"description": "How many people work there."},
    )
    owner_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The employee who looks after it."}
    )


class Company(Versioned):
    id = fields.UUID(attribute="company_id", required=True)
    name = fields.String(required=True)
    domain = fields.String(required=True, allow_none=True)
    website = fields.String(required=True)
    phone = fields.String(required=True)
    address = fields.String(required=True)
    country = fields.String(required=True)
    industry = fields.String(required=True)
    staff = fields.Integer(required=True, allow_none=True)
    owner_id = fields.UUID(required=True, allow_none=True)
    merged_into_id = fields.UUID(required=True, allow_none=True)
    created_at = Moment(required=True)
    archived_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)


class MergerIn(Schema):
    other_id = fields.UUID(required=True, metadata={"description": "The company that is given up."})
