"""A deal's details as its page shows them, each edited where it stands."""

from typing import Any

from flask import request

from app.companies import actions as known_companies
from app.companies import queries as companies
from app.core.access import Actor
from app.core.display import day, when
from app.core.forms import refusal_of
from app.core.money import format_money
from app.deals import buyers, forms
from app.deals.actions import deals as actions
from app.deals.models import Deal
from app.deals.queries import deals as queries
from app.deals.queries import pipelines
from app.engine.custom_fields import facts as custom
from app.engine.custom_fields import forms as own
from app.engine.inline.sheets import Fact, Sheet
from app.people import queries as people


def facts_of(actor: Actor, deal: Deal) -> list[Fact]:
    """What is known of a deal; where it stands is changed by moving it, what is sold by its products."""
    can_edit = actor.can("deals.edit")
    owner = people.find_employee(deal.owner_id)
    place = f"{pipelines.get_pipeline(deal.pipeline_id).name} · {pipelines.get_stage(deal.stage_id).name}"
    return [
        Fact("title", "Title", deal.title, can_edit=can_edit),
        Fact("value", "Value", format_money(deal.value_minor, deal.currency), can_edit=can_edit),
        Fact("currency", "Currency", deal.currency, can_edit=can_edit),
        Fact("customer_id", "Customer", buyers.name_of(deal), can_edit=can_edit),
        Fact("company_id", "Company", _company(deal), can_edit=can_edit),
        Fact("next_step", "Next step", deal.next_step, can_edit=can_edit),
        Fact("next_step_on", "Next step on", _day(deal.next_step_on), can_edit=can_edit),
        Fact("expected_on", "Expected to close", _day(deal.expected_on), can_edit=can_edit),
        Fact("owner_id", "Looked after by", owner.name if owner else "", can_edit=can_edit),
        Fact("source", "Came by", deal.source, can_edit=can_edit),
        Fact("place", "Pipeline", place, can_edit=False),
        Fact("since", "In this stage", when(deal.stage_since), can_edit=False),
        Fact("created", "Added", when(deal.created_at), can_edit=False),
        *([Fact("closed", "Closed", when(deal.closed_at), can_edit=False)] if deal.closed_at else []),
    ]


def _all_facts(actor: Actor, deal: Deal) -> list[Fact]:
    can_edit = actor.can("deals.edit")
    own_facts = custom.in_place(actor, "deal", deal.deal_id, deal.custom, can_edit=can_edit)
    return [*facts_of(actor, deal), *own_facts]


def _day(value: Any) -> str:
    return day(value) if value else ""


def _form(actor: Actor, deal: Deal) -> forms.DealForm:
    asks: type[forms.DealForm] = type("DealInPlace", (forms.DealForm,), {"customer_id": buyers.field_for(actor, deal)})
    form = own.with_fields(asks, "deal")(currency=deal.currency, owners=people.list_owners())
    own.make_ready(form, "deal", deal.deal_id, deal.custom, actor)
    if not form.is_sent:
        form.fill(deal)
        form.company_id.data, form.customer_id.data = _company(deal), buyers.name_of(deal)
        own.fill(form, "deal", deal.deal_id, deal.custom, actor)
    return form


def _company(deal: Deal) -> str:
    return companies.get_company(deal.company_id).name if deal.company_id else ""


def _seen(deal: Deal) -> dict[str, str]:
    named = {"company_id": _company(deal), "customer_id": str(deal.customer_id or "")}
    return forms.shown_values(deal) | {"currency": deal.currency} | named


def _save(actor: Actor, deal: Deal, form: forms.DealForm) -> None:
    typed, typed_own = form.read(), own.take(form, "deal", actor, deal.custom)
    if typed is None or typed_own is None:
        raise refusal_of(form)
    seen = forms.seen_values(deal)
    if "company_id" in form:
        name, before = form.company_id.data or "", request.form.get("seen_company_id", "")
        typed["company_id"] = known_companies.find_or_add([name], actor=actor)[name] if name else None
        seen["company_id"] = known_companies.find_meant([before]).get(before)
    if "customer_id" in form:
        typed["customer_id"], seen["customer_id"] = buyers.chosen(actor, deal, form.customer_id), buyers.seen()
    actions.edit_deal(deal, typed | typed_own, actor=actor, seen=seen)


def _column(name: str) -> str:
    return "custom" if name.startswith("custom.") else forms.COLUMNS.get(name, name)


SHEET = Sheet("deal", queries.get_deal, _all_facts, _form, _seen, _save, _column)
