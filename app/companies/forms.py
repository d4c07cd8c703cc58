"""What people type about companies."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.companies import details
from app.companies.models import Company
from app.companies.queries import CompanyFilter
from app.core.access import Actor
from app.core.errors import Invalid
from app.core.forms import Form, strip
from app.engine.custom_fields import forms as custom
from app.engine.filters.forms import read_where
from app.people import details as of_people
from app.people import queries as people
from app.people.models import Employee

FIELDS = ("name", "domain", "website", "phone", "address", "country", "industry", "staff", "owner_id")
STATES = ("active", "archived", "all")
LONGEST_SEARCH = 200


class CompanyForm(Form):
    """Add or change a company. `read` gives plain values or puts each refusal beside its field."""

    name = StringField("Name", [InputRequired("Please fill this in."), Length(max=details.LONGEST_NAME)], [strip])
    domain = StringField("Domain", [Length(max=details.LONGEST_WEBSITE)], [strip])
    website = StringField("Website", [Length(max=details.LONGEST_WEBSITE)], [strip])
    phone = StringField("Phone", [Length(max=60)], [strip])
    industry = StringField("Industry", [Length(max=details.LONGEST_INDUSTRY)], [strip])
    staff = StringField("People who work there", [Length(max=20)], [strip])
    address = TextAreaField("Address", [Length(max=details.LONGEST_ADDRESS)], [strip])
    country = StringField("Country", [Length(max=100)], [strip])
    owner_id = SelectField("Looked after by", default="")
    once = HiddenField()

    def offer_owners(self, owners: Sequence[Employee], present: Employee | None = None) -> None:
        """Fill the choice of owners; a present one stays in it after leaving the shop."""
        offered = [*owners, *([present] if present and present not in owners else [])]
        self.owner_id.choices = [("", "Nobody"), *((str(owner.person_id), owner.name) for owner in offered)]

    @property
    def is_sent(self) -> bool:
        """Somebody typed into it."""
        return request.method == "POST"

    def fill(self, company: Company) -> None:
        """Show a company as it is."""
        for name, value in words_of(company).items():
            self[name].data = value

    def read(self, country: str) -> dict[str, Any] | None:
        """The values of the inputs that are there, as they are stored, or None with the refusals in `errors`."""
        if not self.was_sent():
            return None
        values: dict[str, Any] = {}
        for name, read in _readers(country).items():
            if name not in self:
                continue
            try:
                values[name] = read(self[name].data or "")
            except Invalid as refusal:
                self[name].errors = [*self[name].errors, str(refusal)]
        return None if self.errors else values


def company_form(company: Company | None, actor: Actor) -> CompanyForm:
    """The form with the shop's own fields, ready for a company or a new one."""
    form = custom.with_fields(CompanyForm, "company")()
    form.offer_owners(people.list_owners(), people.find_employee(company.owner_id) if company else None)
    if company:
        custom.make_ready(form, "company", company.company_id, company.custom, actor)
    return form


def _readers(country: str) -> dict[str, Callable[[str], Any]]:
    return {
        "name": details.name,
        "domain": details.domain,
        "website": details.website,
        "phone": lambda text: of_people.phone(text, country) or "",
        "industry": details.industry,
        "staff": details.staff,
        "address": lambda text: of_people.plain_text(text.replace("\r\n", "\n"), details.LONGEST_ADDRESS),
        "country": of_people.name,
        "owner_id": lambda text: UUID(text) if text else None,
    }


def words_of(company: Company) -> dict[str, str]:
    """A company's fields as the form writes them."""
    values = {name: getattr(company, name) for name in FIELDS}
    values["phone"] = of_people.readable_phone(company.phone)
    return {name: "" if value is None else str(value) for name, value in values.items()}


def seen_values(country: str) -> dict[str, Any]:
    """The values an editor started from, as they came back in hidden fields."""
    seen = {}
    for name, read in _readers(country).items():
        sent = request.form.get(f"seen_{name}")
        if sent is not None:
            with suppress(Invalid, ValueError):
                seen[name] = read(sent)
    return seen


def read_filter(values: MultiDict[str, str]) -> CompanyFilter:
    """The list's filter as its address has it. Raises: Invalid for a state that is none."""
    state = values.get("state", "active")
    if state not in STATES:
        raise Invalid("This list has no such view.")
    return CompanyFilter(q=search_words(values, "q"), state=state, where=read_where("company", values))


def search_words(values: MultiDict[str, str], name: str) -> str:
    """What somebody typed into a search box, without characters that cannot be seen."""
    return of_people.plain_text(values.get(name, "")[:LONGEST_SEARCH], LONGEST_SEARCH)
