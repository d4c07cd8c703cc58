"""A customer's details as their page shows them, each edited where it stands."""

from typing import Any

from flask import current_app

from app.core.access import Actor
from app.core.display import when
from app.core.forms import refusal_of
from app.engine.custom_fields import facts as custom
from app.engine.inline.sheets import Fact, Sheet
from app.people import actions, employers, forms, privacy, queries
from app.people.models import Customer

COLUMNS = {"phone": "phone_enc", "address": "address_enc"}


def facts_of(actor: Actor, customer: Customer) -> list[Fact]:
    """All details that this actor may see in full, custom ones left out: those have a part of their own."""
    contact = privacy.contact_of(customer, actor)
    owner = queries.find_employee(customer.owner_id)
    can_edit = actor.can("customers.edit") and not customer.is_erased
    named: list[tuple[str, str, Any]] = [("first_name", "First name", customer.first_name)]
    named.append(("last_name", "Last name", customer.last_name))
    if not contact.is_masked:
        named += [("email", "Email", contact.email), ("phone", "Phone", contact.phone)]
        named.append(("address", "Address", contact.address))
    named += [
        ("stage", "Stage", forms.STAGE_LABELS[customer.stage]),
        ("owner_id", "Looked after by", owner.name if owner else ""),
        ("company_id", "Company", employers.name_of(actor, customer.company_id)),
        ("country", "Country", customer.country),
    ]
    fixed = [("reference", "Reference", customer.reference), ("source", "Came by", customer.source)]
    return [
        *(_fact(name, label, words, customer, can_edit=can_edit) for name, label, words in named),
        *(Fact(name, label, words or "", can_edit=False) for name, label, words in fixed),
        Fact("created_at", "Since", when(customer.created_at), can_edit=False),
    ]


def _fact(name: str, label: str, words: Any, customer: Customer, *, can_edit: bool) -> Fact:
    """A detail; a phone number leads to the phone."""
    href = f"tel:{customer.phone}" if name == "phone" and words else ""
    return Fact(name, label, words, href=href, can_edit=can_edit, is_long=name == "address")


def _all_facts(actor: Actor, customer: Customer) -> list[Fact]:
    can_edit = actor.can("customers.edit") and not customer.is_erased
    own_facts = custom.in_place(actor, "customer", customer.person_id, customer.custom, can_edit=can_edit)
    return [*facts_of(actor, customer), *own_facts]


def _form(actor: Actor, customer: Customer) -> forms.CustomerForm:
    form = forms.customer_form(actor, customer)
    if not form.is_submitted():
        form.fill(customer)
        form.show_custom(customer, actor)
    return form


def _save(actor: Actor, customer: Customer, form: forms.CustomerForm) -> None:
    typed = form.read_all(current_app.extensions["rapport"].country, actor, customer)
    if typed is None:
        raise refusal_of(form)
    actions.edit_customer(customer, typed, actor=actor, seen=forms.seen_values(customer))


def _column(name: str) -> str:
    return "custom" if name.startswith("custom.") else COLUMNS.get(name, name)


SHEET = Sheet("customer", queries.get_customer, _all_facts, _form, forms.seen_of, _save, _column)
