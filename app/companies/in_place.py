"""A company's details as its page shows them, each edited where it stands."""

from typing import Any

from flask import current_app

from app.companies import actions, forms, queries
from app.companies.models import Company
from app.core.access import Actor
from app.core.display import number, when
from app.core.forms import refusal_of
from app.engine.custom_fields import facts as custom
from app.engine.custom_fields import forms as own
from app.engine.inline.sheets import Fact, Sheet
from app.people import queries as people


def facts_of(actor: Actor, company: Company) -> list[Fact]:
    """All details, custom ones left out: those have a part of their own."""
    can_edit = actor.can("companies.edit")
    said = forms.words_of(company)
    owner = people.find_employee(company.owner_id)
    said["owner_id"] = owner.name if owner else ""
    said["staff"] = "" if company.staff is None else number(company.staff)
    return [
        *(
            Fact(
                name,
                actions.LABELS[name],
                said[name],
                href=company.website if name == "website" else "",
                can_edit=can_edit,
                is_long=name == "address",
            )
            for name in forms.FIELDS
        ),
        Fact("created_at", "Added", when(company.created_at), can_edit=False),
    ]


def _all_facts(actor: Actor, company: Company) -> list[Fact]:
    can_edit = actor.can("companies.edit")
    own_facts = custom.in_place(actor, "company", company.company_id, company.custom, can_edit=can_edit)
    return [*facts_of(actor, company), *own_facts]


def _form(actor: Actor, company: Company) -> forms.CompanyForm:
    form = forms.company_form(company, actor)
    if not form.is_sent:
        form.fill(company)
        own.fill(form, "company", company.company_id, company.custom, actor)
    return form


def _seen(company: Company) -> dict[str, str]:
    return forms.words_of(company) | own.seen("company", company.company_id, company.custom)


def _save(actor: Actor, company: Company, form: forms.CompanyForm) -> None:
    country = str(current_app.extensions["rapport"].country)
    typed, typed_own = form.read(country), own.take(form, "company", actor, company.custom)
    if typed is None or typed_own is None:
        raise refusal_of(form)
    seen = forms.seen_values(country) | own.seen_values("company", company.company_id, company.custom)
    actions.edit_company(company, typed | typed_own, actor=actor, seen=seen)


def _column(name: str) -> str:
    return "custom" if name.startswith("custom.") else name


def _load(_actor: Actor, company_id: Any) -> Company:
    return queries.get_company(company_id)


SHEET = Sheet("company", _load, _all_facts, _form, _seen, _save, _column)
