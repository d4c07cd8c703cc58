"""Make what a test is about; everything else has a sensible value. Each commits."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from app.accounts import passwords, sign_ins
from app.accounts.actions import api_keys
from app.companies.models import Company
from app.conversations.actions import channels, messages
from app.conversations.models import Channel
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.core.db import db, new_id
from app.deals.actions import deals
from app.deals.actions.deals import DealDetails
from app.deals.actions.lines import LineDetails, set_lines
from app.deals.models import Deal, LostReason, Pipeline, Stage
from app.deals.queries.pipelines import Way, list_ways, way_among
from app.people.models import Customer, Employee
from app.products.models import Product
from app.reach.messages.actions import templates
from app.reach.messages.actions.templates import TemplateDetails
from app.reach.messages.models import MessageType, Template
from app.tasks import actions as tasks
from app.tasks.models import Task
from app.tasks.moments import due_of
from app.widget import sessions
from app.widget.models import Visitor, Widget

LETTER = {"in_app": {"en": {"title": "Hello {customer.first_name|there}", "body": "New lamps."}}}
PASSWORD = "seven quiet herons"

_numbers = count(1)


def make_customer(**what_matters: Any) -> Customer:
    """A customer who can sign in as far as the shop is concerned."""
    number = next(_numbers)
    customer = Customer(
        **{
            "first_name": "Carla",
            "last_name": f"Customer{number}",
            "email": f"carla{number}@example.com",
            **what_matters,
        }
    )
    return _save(customer)


def make_employee(role: str = "agent", **what_matters: Any) -> Employee:
    """An employee with a role."""
    number = next(_numbers)
    employee = Employee(
        **{
            "first_name": role.capitalize(),
            "last_name": f"Employee{number}",
            "email": f"{role}{number}@lotus.example",
            "department": "Support",
            "role": role,
            **what_matters,
        }
    )
    return _save(employee)


def make_widget(**what_matters: Any) -> Widget:
    """A chat on the pages of one other site."""
    number = next(_numbers)
    widget = Widget(
        **{
            "widget_id": new_id(),
            "key": f"key{number}",
            "name": "Shop",
            "origins": ["https://lamps.example"],
            "secret": "s" * 43,
            **what_matters,
        }
    )
    return _save(widget)


def make_visitor(widget: Widget | None = None, **what_matters: Any) -> Actor:
    """Somebody on a web page, as they act; `session_id` is what their browser keeps."""
    widget = widget or make_widget()
    visitor = _save(Visitor(**{"first_name": "Visitor", "widget_id": widget.widget_id, **what_matters}))
    token = sessions.start(widget.widget_id, visitor.person_id, "none")
    db.session.commit()
    known = sessions.load(f"Visitor {token}")
    assert known is not None
    return known


def make_company(**what_matters: Any) -> Company:
    """A company without people."""
    number = next(_numbers)
    return _save(Company(**{"name": f"Firm {number}", **what_matters}))


def make_product(**what_matters: Any) -> Product:
    """A good at £10."""
    number = next(_numbers)
    product = Product(
        **{
            "sku": f"SKU-{number}",
            "name": f"Candle {number}",
            "type": "good",
            "price_minor": 1000,
            "currency": "GBP",
            **what_matters,
        }
    )
    return _save(product)


def _save(row: Any) -> Any:
    db.session.add(row)
    db.session.commit()
    return row


def give_password(person: Any, password: str = PASSWORD) -> Any:
    """Let a person sign in with a password."""
    person.password_hash = passwords.hash_of(password)
    return _save(person)


def make_channel(
    customer: Customer | None = None,
    *,
    owner: Employee | None = None,
    closed: bool = False,
    message: str = "Hello",
    **asked: Any,
) -> Channel:
    """A chat a customer asked for: waiting, or open with an owner, or closed by that owner."""
    customer = customer or make_customer()
    asker = sign_ins.actor_for(customer.person_id)
    assert asker is not None
    channel = channels.request_channel(actor=asker, message=message, **{"topic": "", **asked})
    if owner is not None:
        answerer = sign_ins.actor_for(owner.person_id)
        assert answerer is not None
        channels.accept_channel(channel, actor=answerer)
        if closed:
            channels.close_channel(channel, actor=answerer)
    db.session.commit()
    return channel


def post(channel: Channel, person: Customer | Employee, content: str, **options: Any) -> messages.Posted:
    """One message by a person."""
    writer = sign_ins.actor_for(person.person_id)
    assert writer is not None
    posted = messages.post_message(channel.channel_id, content, actor=writer, **options)
    db.session.commit()
    return posted


def make_key(owner: Customer | Employee, *permissions: str) -> str:
    """A secret that stands for its owner, with some or all of their rights."""
    actor = sign_ins.actor_for(owner.person_id)
    assert actor is not None
    _key, secret = api_keys.create_key(actor=actor, name="till", permissions=list(permissions or actor.grants), days=30)
    db.session.commit()
    return secret


def make_pipeline(*open_names: str, name: str = "") -> Way:
    """A pipeline of open stages, by default three, and its two ends."""
    pipeline = Pipeline(name=name or f"Pipeline {next(_numbers)}", position=1)
    db.session.add(pipeline)
    db.session.flush()
    names = open_names or ("New", "Proposal", "Agreed")
    rows = [(stage, "open", 0.5) for stage in names] + [("Won", "won", 1), ("Lost", "lost", 0)]
    db.session.add_all(
        Stage(pipeline_id=pipeline.pipeline_id, name=stage, kind=kind, win_share=Decimal(str(share)), position=position)
        for position, (stage, kind, share) in enumerate(rows, 1)
    )
    db.session.commit()
    return way_among(list_ways(), pipeline.pipeline_id)


def make_reason(name: str = "Too expensive") -> LostReason:
    """A reason to lose a deal for."""
    return _save(LostReason(name=name, position=1))


def make_deal(stage: Stage | None = None, *, lines: Sequence[Any] = (), **what_matters: Any) -> Deal:
    """An open deal, in a pipeline of its own unless a stage is named; `lines` are products on it."""
    stage = stage or make_pipeline().open[0]
    details = {"title": f"Deal {next(_numbers)}", "currency": "GBP", **what_matters}
    deal = deals.create_deal(DealDetails(**details), stage, actor=SYSTEM)
    if lines:
        set_lines(deal, [LineDetails(product.product_id) for product in lines], actor=SYSTEM)
    db.session.commit()
    return deal


def make_task(
    title: str,
    person: Employee,
    *,
    record: tuple[str, UUID] | None = None,
    in_hours: int | None = None,
    **what_matters: Any,
) -> Task:
    """Something an employee has to do, due so many hours from now, or some day."""
    actor = sign_ins.actor_for(person.person_id)
    assert actor is not None
    due = (
        None if in_hours is None else due_of((now() + timedelta(hours=in_hours)).astimezone(UTC), "UTC", has_time=True)
    )
    details = tasks.TaskDetails(title, **{"assignee_id": actor.id, "due": due, **what_matters})
    task = tasks.add_task(details, zone="Europe/London", record=record, actor=actor)
    db.session.commit()
    return task


def make_template(contents: Any = None, purpose: str = "service", name: str = "Lamps") -> Template:
    """A template of a type of its own; without words, a letter inside the application."""
    kind = make_message_type(purpose)
    words = LETTER if contents is None else contents
    return _save(templates.create_template(TemplateDetails(name, kind.message_type_id), words, actor=SYSTEM))


def make_message_type(purpose: str = "service", **what_matters: Any) -> MessageType:
    """A message type."""
    number = next(_numbers)
    usual = {"key": f"type-{number}", "name": f"Type {number}", "lane": "default", "lives_minutes": 4320}
    return _save(MessageType(**{"purpose": purpose, **usual, **what_matters}))
