"""What may stand in braces in a message: what is known of a customer, the shop, and the event that is answered."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import aliased

from app.companies.models import Company
from app.engine.custom_fields.definitions import Definition
from app.engine.events import catalogue
from app.engine.placeholders.language import Choice, Node, Nodes, Problem, keys_of, parse
from app.people.models import Customer, Person
from app.reach.messages import owed, own_fields
from app.reach.messages.owed import PAYMENT
from app.reach.messages.own_fields import ASKED, CUSTOM

EVENT = "event."
IN_WORDS = (CUSTOM, EVENT, PAYMENT)
"""How the placeholders begin whose values are put into words for each reader, while conditions compare them plainly."""
OF_EVENT = re.compile(r"event\.\w[\w.-]*")
UNSUBSCRIBE = "unsubscribe_url"
SHOP = "shop.name"

GROUPS = {"customer.": "The customer", CUSTOM: "Your own fields", PAYMENT: "What they owe", "": "The shop"}
"""What a word begins with -> under which head it is offered; the longest that fits."""


@dataclass(frozen=True)
class Placeholder:
    """One word. `column` makes the SQL expression over Customer that it stands for; None: the sender knows it."""

    key: str
    label: str
    example: str
    column: Callable[[], ColumnElement[Any]] | None = None


PLACEHOLDERS: dict[str, Placeholder] = {}


def add_placeholder(placeholder: Placeholder) -> None:
    """Let messages say one more thing."""
    PLACEHOLDERS[placeholder.key] = placeholder


def offered() -> list[Placeholder]:
    """What a message may say of a customer and the shop, the shop's own fields last."""
    return [*PLACEHOLDERS.values(), *(_of_field(one) for one in own_fields.offered())]


def groups() -> list[tuple[str, list[Placeholder]]]:
    """The same as people look for it."""
    listed: dict[str, list[Placeholder]] = {beginning: [] for beginning in GROUPS}
    for one in offered():
        listed[max((beginning for beginning in GROUPS if one.key.startswith(beginning)), key=len)].append(one)
    return [(GROUPS[beginning], some) for beginning, some in listed.items() if some]


def examples() -> dict[str, str]:
    """The same with an example for each."""
    said = {one.key: one.example for one in offered()}
    return said | {key + ASKED: example for key, example in said.items() if key.startswith(IN_WORDS)}


def problems_in(text: str) -> tuple[Problem, ...]:
    """What is wrong with a text. What programs tell of their events is known to them alone."""
    of_event = (key for key, _is_said in keys_of(parse(text).nodes) if OF_EVENT.fullmatch(key))
    return parse(text, [*(one.key for one in offered()), *event_keys(), *of_event]).problems


def read(text: str) -> Nodes:
    """A text as it is filled in: what a condition compares is the value itself, whatever the language says of it.

    Of a field that is yes or no, `{if …}` alone asks whether it is yes.
    """

    def asking(node: Node) -> Node:
        if not isinstance(node, Choice):
            return node
        then, otherwise = tuple(map(asking, node.then)), tuple(map(asking, node.otherwise))
        if not node.key.startswith(IN_WORDS):
            return replace(node, then=then, otherwise=otherwise)
        value = node.value or ("yes" if own_fields.is_yes_or_no(node.key) else "")
        return replace(node, key=node.key + ASKED, value=value, then=then, otherwise=otherwise)

    return tuple(map(asking, parse(text).nodes))


def event_keys() -> list[str]:
    """What a message that answers an event may say of it: the fields of any event that is about a customer."""
    fields = {field for kind in catalogue.about("customer") for field in kind.fields}
    return sorted(EVENT + field for field in fields)


def columns(keys: Iterable[str]) -> list[ColumnElement[str]]:
    """For the SELECT over Customer that loads people: an expression for each key, labelled by it, never NULL.

    What only the sender knows (`unsubscribe_url`, `event.…`) is left out.
    """
    asked = ((key, PLACEHOLDERS[key].column) for key in keys if key in PLACEHOLDERS)
    return [func.coalesce(column(), "").label(key) for key, column in asked if column is not None]


def _of_field(field: Definition) -> Placeholder:
    return Placeholder(CUSTOM + field.key, field.label, own_fields.example_of(field))


def _shop() -> ColumnElement[str]:
    return literal(current_app.extensions["rapport"].workspace)


def _company() -> ColumnElement[str]:
    return select(Company.name).where(Company.company_id == Customer.company_id).scalar_subquery()


def _owner() -> ColumnElement[str]:
    owner = aliased(Person)
    name = func.btrim(owner.first_name + " " + owner.last_name)
    return select(name).where(owner.person_id == Customer.owner_id).scalar_subquery()


for _placeholder in (
    Placeholder("customer.first_name", "First name", "Carla", lambda: Customer.first_name.expression),
    Placeholder("customer.last_name", "Last name", "Moreau", lambda: Customer.last_name.expression),
    Placeholder(
        "customer.name",
        "Whole name",
        "Carla Moreau",
        lambda: func.btrim(Customer.first_name + " " + Customer.last_name),
    ),
    Placeholder("customer.company", "Company", "Moreau & Fils", _company),
    Placeholder("customer.country", "Country", "France", lambda: Customer.country.expression),
    Placeholder("customer.reference", "Reference", "C-1042", lambda: Customer.reference.expression),
    Placeholder("customer.owner", "Who looks after them", "Ada Lovelace", _owner),
    *(Placeholder(PAYMENT + key, label, example) for key, (label, example) in owed.SAYS.items()),
    Placeholder(SHOP, "The shop’s name", "Your shop", _shop),
    Placeholder(UNSUBSCRIBE, "How they get no more of it", "https://shop.example/u/1"),
):
    add_placeholder(_placeholder)
