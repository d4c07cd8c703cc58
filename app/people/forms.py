"""What people type about people."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Length

from app.core import access, once
from app.core.access import Actor
from app.core.edits import Clash
from app.core.errors import Invalid
from app.engine.custom_fields import forms as custom
from app.engine.filters.forms import read_where
from app.people import details, employers, privacy, queries
from app.people.models import STAGES, Customer, Employee
from app.people.queries import CustomerFilter

STAGE_LABELS = {"lead": "Lead", "prospect": "Prospect", "customer": "Customer", "former": "Former"}
FIELDS = ("first_name", "last_name", "email", "phone", "address", "stage", "country", "owner_id", "company_id")


class OwnDetailsForm(FlaskForm):
    """What people change about themselves. `read` gives plain values or puts each refusal beside its field."""

    first_name = StringField("First name", [Length(max=details.LONGEST_NAME)])
    last_name = StringField("Last name", [Length(max=details.LONGEST_NAME)])
    phone = StringField("Phone", [Length(max=60)])
    address = TextAreaField("Address", [Length(max=details.LONGEST_ADDRESS)])

    def fill(self, customer: Customer) -> None:
        """Show a customer as they are."""
        for name, value in values_of(customer).items():
            if name in self:
                self[name].data = value

    def read(self, country: str) -> dict[str, Any] | None:
        """The values typed, or None with the refusals in `errors`."""
        if not self.validate_on_submit():
            return None
        values: dict[str, Any] = {}
        for name in FIELDS:
            if name not in self:
                continue
            try:
                values[name] = _read(name, self[name].data or "", country)
            except Invalid as refusal:
                self.refuse(name, str(refusal))
        return None if self.errors else values

    def refuse(self, name: str, sentence: str) -> None:
        """Put a refusal beside a field."""
        field = self[name] if name in self else self.last_name
        field.errors = [*field.errors, sentence]

    def refuse_all(self, refusal: Invalid) -> None:
        """Put an action's refusals beside their fields."""
        for name, sentences in refusal.errors.items():
            for sentence in sentences:
                self.refuse(name, sentence)

    def show_clash(self, clash: Clash, customer: Customer) -> list[str]:
        """Put what others saved meanwhile beside each field that clashed; returns their names."""
        for conflict in clash.conflicts:
            name, saved = conflict["field"], values_of(customer).get(conflict["field"], conflict["theirs"])
            words = dict(getattr(self[name], "choices", None) or []).get(saved, saved) or "nothing"
            self.refuse(name, f"Saved meanwhile: “{words}”. Save again to replace it with yours.")
        return [conflict["field"] for conflict in clash.conflicts]


class CustomerForm(OwnDetailsForm):
    """Add or change a customer."""

    email = StringField("Email", [Length(max=320)])
    stage = SelectField("Stage", choices=[(key, STAGE_LABELS[key]) for key in STAGES], default="customer")
    country = StringField("Country", [Length(max=100)])
    owner_id = SelectField("Looked after by", default="")
    company_id = StringField("Company", [Length(max=employers.LONGEST_NAME)])
    once = HiddenField()
    anyway = HiddenField()

    def show_custom(self, customer: Customer, actor: Actor) -> None:
        """Show the custom fields of a customer as they are."""
        custom.fill(self, customer.kind, customer.person_id, customer.custom, actor)

    def read_all(self, country: str, actor: Actor, customer: Customer | None = None) -> dict[str, Any] | None:
        """As `read`, with the custom fields by names such as "custom.size"."""
        typed = self.read(country)
        try:
            own = custom.read(self, "customer", actor, customer.custom if customer else None)
        except Invalid as refusal:
            self.refuse_all(refusal)
            return None
        return None if typed is None else typed | own

    def offer_owners(self, owners: Sequence[Employee], present: Employee | None = None) -> None:
        """Fill the choice of owners; a present one stays in it after leaving the shop."""
        offered = [*owners, *([present] if present and present not in owners else [])]
        self.owner_id.choices = [("", "Nobody"), *((str(owner.person_id), owner.name) for owner in offered)]

    def hide_contact(self) -> None:
        """Leave out what whoever edits may not see; what is not there is not changed."""
        del self.email, self.phone, self.address

    def print_token(self) -> None:
        """Give this printing of the form a token of its own."""
        self.once.data = once.new_token()


def customer_form(actor: Actor, customer: Customer | None = None) -> CustomerForm:
    """The form of a new customer, or of one that is known, as far as this actor may see them."""
    form = custom.with_fields(CustomerForm, "customer")()
    form.offer_owners(queries.list_owners(), queries.find_employee(customer.owner_id) if customer else None)
    if customer and not privacy.sees_all_of(actor, customer):
        form.hide_contact()
    if customer:
        custom.make_ready(form, "customer", customer.person_id, customer.custom, actor)
    return form


def _read(name: str, text: str, country: str) -> Any:
    readers: dict[str, Callable[[str], Any]] = {
        "email": details.email,
        "phone": lambda text: details.phone(text, country),
        "address": details.address,
        "owner_id": lambda text: UUID(text) if text else None,
        "company_id": lambda text: employers.find_or_add(details.plain_text(text, 200), actor=access.actor()),
    }
    return readers.get(name, details.name)(text)


def values_of(customer: Customer) -> dict[str, str]:
    """A customer's fields as the form writes them."""
    values = {name: getattr(customer, name) for name in FIELDS}
    values["phone"] = details.readable_phone(values["phone"])
    values["company_id"] = employers.name_of(access.actor(), customer.company_id)
    return {name: "" if value is None else str(value) for name, value in values.items()}


def seen_of(customer: Customer) -> dict[str, str]:
    """What an editor of all fields starts from, custom ones among them, for hidden inputs."""
    return values_of(customer) | custom.seen(customer.kind, customer.person_id, customer.custom)


def seen_values(customer: Customer) -> dict[str, Any]:
    """The values an editor started from, as they came back in hidden fields and as they are stored."""
    own = custom.seen_values(customer.kind, customer.person_id, customer.custom)
    sent = {name: request.form.get(f"seen_{name}") for name in FIELDS}
    plain = {name: _stored(name, text.replace("\r\n", "\n")) for name, text in sent.items() if text is not None}
    return plain | own


def _stored(name: str, text: str) -> Any:
    if name == "company_id":
        return employers.find(text)
    if name in ("owner_id", "phone"):
        with suppress(ValueError, Invalid):
            return UUID(text) if name == "owner_id" else details.phone(text, details.NO_COUNTRY)
        return None
    return text or (None if name in ("email", "address") else "")


def read_filter(values: MultiDict[str, str]) -> CustomerFilter:
    """The list's filter as its address has it. Raises: Invalid for a stage or state that is none."""
    stage, state = values.get("stage", ""), values.get("state", "active")
    if stage and stage not in STAGES:
        raise Invalid("This list has no such stage.")
    if state not in ("active", "deactivated"):
        raise Invalid("This list has no such view.")
    owner_id, company_id = _read_id(values, "owner"), _read_id(values, "company")
    q = details.plain_text(values.get("q", "")[:200], 200)
    return CustomerFilter(
        q=q,
        stage=stage,
        country=values.get("country", "")[:100],
        owner_id=owner_id,
        company_id=company_id,
        where=read_where("customer", values),
        state=state,
    )


def _read_id(values: MultiDict[str, str], name: str) -> UUID | None:
    try:
        return UUID(values[name]) if values.get(name) else None
    except ValueError:
        raise Invalid(f"This list has no such {name}.") from None
