"""Customers and employees."""

from functools import partial
from typing import Any

from marshmallow import fields, validate

from app.api.schemas.base import Amount, Moment, PageQuery, Schema, Text, Versioned, Where, country, sort_field
from app.api.schemas.custom import CustomValues
from app.core.access import actor
from app.people import details
from app.people.actions import ROLES
from app.people.models import STAGES
from app.people.privacy import contact_of, sees_all_of
from app.people.queries import ORDERS

NAME = partial(Text, details.name, details.LONGEST_NAME)
search = partial(details.plain_text, longest=200)


class CustomerQuery(PageQuery):
    q = Text(search, 200, load_default="", metadata={"description": "Words of the name or email, or a phone number."})
    stage = fields.String(load_default="", validate=validate.OneOf(STAGES))
    country = fields.String(load_default="", validate=validate.Length(max=100))
    owner_id = fields.UUID(load_default=None)
    company_id = fields.UUID(load_default=None)
    state = fields.String(load_default="active", validate=validate.OneOf(("active", "deactivated")))
    where = Where("customer")
    sort = sort_field(ORDERS, "name", has_custom=True)


class CustomerIn(Schema):
    first_name = NAME(load_default="")
    last_name = NAME(load_default="")
    email = Text(details.email, 320, load_default=None, allow_none=True)
    phone = Text(
        lambda text: details.phone(text, country()),
        60,
        load_default=None,
        allow_none=True,
        metadata={"description": "With its country, or one of the shop’s own country."},
    )
    address = Text(details.address, details.LONGEST_ADDRESS, load_default=None, allow_none=True)
    stage = fields.String(load_default="customer", validate=validate.OneOf(STAGES))
    country = Text(details.name, 100, load_default="")
    owner_id = fields.UUID(
        load_default=None, allow_none=True, metadata={"description": "The employee who looks after them."}
    )
    company_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "The company they work for."})
    custom = CustomValues("customer", "person_id", load_default=dict)


class Contact(fields.String):
    """How to reach somebody; masked for whom lacks the right to see it in full."""

    def _serialize(self, value: str | None, attr: str | None, obj: Any, **more: Any) -> str | None:
        seen = value if sees_all_of(actor(), obj) or not value else getattr(contact_of(obj, actor()), str(attr))
        return super()._serialize(seen, attr, obj, **more)


class Customer(Versioned):
    id = fields.UUID(attribute="person_id", required=True)
    name = fields.String(required=True)
    first_name = fields.String(required=True)
    last_name = fields.String(required=True)
    email = Contact(required=True, allow_none=True)
    phone = Contact(required=True, allow_none=True)
    address = Contact(required=True, allow_none=True)
    stage = fields.String(required=True)
    country = fields.String(required=True)
    owner_id = fields.UUID(required=True, allow_none=True)
    company_id = fields.UUID(required=True, allow_none=True)
    source = fields.String(required=True)
    reference = fields.String(required=True, allow_none=True)
    custom = CustomValues("customer", "person_id", required=True)
    created_at = Moment(required=True)
    deactivated_at = Moment(required=True, allow_none=True)
    erased_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)


class StageStep(Schema):
    before = fields.String(required=True, allow_none=True, metadata={"description": "Null: newly registered."})
    after = fields.String(required=True)
    at = Moment(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)


class ErasureIn(Schema):
    reason = Text(partial(details.plain_text, longest=500), 500, required=True)


class Erasure(Schema):
    customer_id = fields.UUID(attribute="person_id", required=True)
    erased_at = Moment(required=True)
    kept = fields.Constant("Receipts and their totals, without the name.", required=True)
    legal_basis = fields.Constant("GDPR article 17 (3) (b): tax law asks to keep the books.", required=True)


class TimelineQuery(PageQuery):
    kinds = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={"description": "Only these kinds, divided by commas."},
    )


class TimelineItem(Schema):
    at = Moment(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    detail = fields.String(required=True)
    page = fields.String(attribute="url", required=True, metadata={"description": "Its own page, empty for none."})
    amount = Amount("amount_minor", required=True, allow_none=True)


class EmployeeQuery(PageQuery):
    q = Text(search, 200, load_default="", metadata={"description": "Words of the name, email or department."})
    state = fields.String(load_default="active", validate=validate.OneOf(("active", "deactivated")))
    sort = sort_field({"name": None, "department": None}, "name")
    where = Where("employee")


class EmployeeIn(Schema):
    first_name = NAME(required=True)
    last_name = NAME(required=True)
    email = Text(details.email, 320, required=True)
    department = Text(details.name, 100, load_default="")
    position = Text(details.name, 100, load_default="")
    role = fields.String(load_default="agent", validate=validate.OneOf(ROLES))


class EmployeePatch(Schema):
    first_name = NAME(may_be_empty=False)
    last_name = NAME(may_be_empty=False)
    department = Text(details.name, 100)
    position = Text(details.name, 100)
    role = fields.String(validate=validate.OneOf(ROLES))


class Employee(Versioned):
    id = fields.UUID(attribute="person_id", required=True)
    name = fields.String(required=True)
    first_name = fields.String(required=True)
    last_name = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    department = fields.String(required=True)
    position = fields.String(required=True)
    role = fields.String(required=True)
    created_at = Moment(required=True)
    deactivated_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)
