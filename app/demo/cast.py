"""The four people who sign in, and what they find waiting."""

import json
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.accounts import passwords, sign_ins
from app.accounts.actions import api_keys
from app.conversations.actions import channels, messages, ratings
from app.conversations.models import Channel
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.core.db import db
from app.demo import inbox
from app.engine.schedules import actions as schedules
from app.engine.schedules.due_times import Rule
from app.engine.views import actions as views
from app.engine.views.actions import ViewDetails
from app.people import actions as people
from app.people.models import Customer, Employee
from app.products.models import Product
from app.sales import actions as sales
from app.segments import actions as segments
from app.segments.actions import SegmentDetails
from app.segments.rfm import actions as rfm
from app.segments.rfm import queries as rfm_queries
from app.segments.suggestions import actions as suggestions

EMPLOYEES = (
    ("admin", "Ada", "Osei", "Management"),
    ("manager", "Marta", "Lindqvist", "Management"),
    ("agent", "Ravi", "Patel", "Support"),
)
CUSTOMER = people.CustomerDetails(
    first_name="Carla",
    last_name="Moreau",
    email="carla@example.com",
    phone="+442079460018",
    address="12 Mill Lane, Bath",
    country="United Kingdom",
)
WAITING = (
    ("Nadia", "Byrne", "Is the blanket washable?", "Hello! Can the herringbone blanket go into the washing machine?"),
    ("Tomás", "Silva", "Two more mugs", "I bought two speckled mugs in June. Do you still have the same ones?"),
)
REMINDERS = (
    ("The week ahead", "0 9 * * 1", "A new week: look at open chats and what is planned", "everybody"),
    ("Close the day", "30 17 * * 1-5", "Answer or hand over what still waits", "agent"),
    ("Monthly figures", "0 9 1 * *", "Look at last month’s performance with the team", "manager"),
)
DEAR_AND_AWAY = {
    "all": [
        {"agg": "sum", "of": "purchases.kept", "window": {"last": "1y"}, "op": "ge", "v": 50_000},
        {"agg": "count", "of": "purchases", "window": {"last": "60d"}, "op": "is", "v": 0},
    ]
}
LOW_RATING = {"f": "rating", "op": "le", "v": 3}
VIEWS = (
    ("/customers", "Gone quiet", True, {"where": DEAR_AND_AWAY, "columns": "name,phone,owner,value,bought,talked"}),
    ("/customers", "By country", False, {"columns": "name,stage,owner,purchases,value", "group": "country"}),
    ("/customers", "Leads", False, {"stage": "lead", "columns": "name,phone,source,created", "group": "owner"}),
    ("/products", "What sells", True, {"columns": "name,price,pieces,sales", "group": "type"}),
    (
        "/transactions",
        "Why refunded",
        True,
        {"kind": "refund", "columns": "number,customer,reason,total", "group": "day"},
    ),
    ("/conversations", "Low ratings", False, {"tab": "closed", "where": LOW_RATING}),
    ("/staff", "On their hands", False, {"columns": "name,role,open,seen", "group": "department"}),
)
SEGMENTS = (
    (
        "Good customers in the United Kingdom",
        {
            "all": [
                {"f": "country", "op": "in", "v": ["United Kingdom"]},
                {"agg": "count", "of": "purchases", "window": {"last": "90d"}, "op": "ge", "v": 2},
                {"agg": "sum", "of": "purchases.kept", "op": "ge", "v": 50_000},
            ]
        },
    ),
    (
        "Bought last year, not since spring",
        {
            "all": [
                {"agg": "count", "of": "purchases", "window": {"last": "1y"}, "op": "ge", "v": 1},
                {"agg": "count", "of": "purchases", "window": {"last": "6m"}, "op": "is", "v": 0},
            ]
        },
    ),
    (
        "Unhappy lately",
        {
            "agg": "count",
            "of": "conversations",
            "where": {"f": "rating", "op": "le", "v": 2},
            "window": {"last": "90d"},
            "op": "ge",
            "v": 1,
        },
    ),
)
GUESTS = "Guests of the open day"
GUEST_COUNT = 12
KEY_DAYS = 90


def hire() -> dict[str, tuple[Employee, str]]:
    """Register the employees; returns each with the password they sign in with."""
    hired = {}
    for role, first_name, last_name, department in EMPLOYEES:
        email = f"{first_name.lower()}@lotus.example"
        details = people.EmployeeDetails(first_name, last_name, email, department=department, role=role)
        employee = people.register_employee(details, actor=SYSTEM)
        hired[role] = (employee, _set_password(employee))
    return hired


def welcome() -> tuple[Customer, str]:
    """Register the customer, with a password."""
    customer = people.register_customer(CUSTOMER, actor=SYSTEM, source="Website")
    return customer, _set_password(customer)


def _set_password(person: Employee | Customer) -> str:
    password = "-".join(secrets.token_hex(2) for _part in range(3))
    person.password_hash = passwords.hash_of(password)
    person.email_verified_at = now()
    db.session.flush()
    return password


def begin_the_day(agent_id: UUID, customer_id: UUID) -> None:
    """Let the customer buy and ask, the agent answer, and others wait."""
    agent, carla = _actor(agent_id), _actor(customer_id)
    customer = db.session.get_one(Customer, customer_id)
    customer.owner_id = agent_id
    mug, tea, wrapping = (_product(sku) for sku in ("LOT-103", "LOT-122", "SRV-201"))
    sales.record_sale(customer, [sales.SaleLine(mug, 2), sales.SaleLine(wrapping)], actor=agent)
    sales.record_sale(customer, [sales.SaleLine(tea, 3)], actor=carla, source="customer")
    _rated_chat(carla, agent)
    talk = _open_chat(carla, agent)
    for first_name, last_name, topic, message in WAITING:
        email = f"{last_name.lower()}@example.com"
        details = people.CustomerDetails(first_name=first_name, last_name=last_name, email=email)
        asking = people.register_customer(details, actor=SYSTEM, source="Website")
        channels.request_channel(actor=_actor(asking.person_id), topic=topic, message=message)
    inbox.fill(talk, _actor(asking.person_id), agent=agent)


def _rated_chat(carla: Actor, agent: Actor) -> None:
    channel = channels.request_channel(actor=carla, topic="A chipped mug", message="One of the mugs has a chip.")
    channels.accept_channel(channel, actor=agent)
    messages.post_message(channel.channel_id, "Oh no! A new one is on its way to you today.", actor=agent)
    channels.close_channel(channel, actor=agent)
    ratings.rate_channel(channel, 5, actor=carla, feedback="Solved in minutes. Thank you!")


def _open_chat(carla: Actor, agent: Actor) -> Channel:
    channel = channels.request_channel(
        actor=carla, topic="Candle workshop", message="Are there two places left in the candle workshop on Saturday?"
    )
    channels.accept_channel(channel, actor=agent)
    messages.post_message(channel.channel_id, "There are exactly two. Shall I hold them for you?", actor=agent)
    messages.post_message(channel.channel_id, "Yes please!", actor=carla)
    return channel


def _actor(person_id: UUID) -> Actor:
    db.session.flush()
    actor = sign_ins.actor_for(person_id)
    if actor is None:
        raise LookupError(person_id)
    return actor


def _product(sku: str) -> UUID:
    return db.session.scalars(select(Product.product_id).where(Product.sku == sku)).one()


def make_api_key(admin_id: UUID) -> str:
    """A key with which scripts may try the API as the admin."""
    admin = _actor(admin_id)
    _key, secret = api_keys.create_key(actor=admin, name="Demo", permissions=sorted(admin.grants), days=KEY_DAYS)
    return secret


def group_customers(manager_id: UUID) -> None:
    """Keep some groups: three that follow a filter, and one that was picked by hand."""
    manager = _actor(manager_id)
    for name, where in SEGMENTS:
        segments.create(SegmentDetails(name, where), actor=manager)
    guests = db.session.scalars(select(Customer.person_id).order_by(Customer.person_id).limit(GUEST_COUNT)).all()
    segments.create(SegmentDetails(GUESTS, {"all": []}, "static", people=guests), actor=manager)


def schedule_reminders(manager_id: UUID) -> None:
    """Let the team be reminded of what comes again and again."""
    manager, zone = _actor(manager_id), current_app.extensions["rapport"].time_zone
    for name, cron, words, whom in REMINDERS:
        told = {"words": words, "whom": whom}
        schedules.add_schedule(schedules.Plan("people.remind", Rule("cron", cron, zone), name, told), actor=manager)


def suggest_segments(manager_id: UUID) -> None:
    """Set breaks that suit the company, and let groups be looked for as soon as a worker runs."""
    manager = _actor(manager_id)
    proposed = rfm_queries.propose(rfm_queries.present_breaks(), rfm_queries.read_as_of(None))
    if proposed is not None:
        rfm.set_breaks(proposed, actor=manager)
    suggestions.start(None, actor=manager)


def share_views(manager_id: UUID) -> None:
    """Let everybody find what the manager looks at."""
    manager = _actor(manager_id)
    for path, name, is_pinned, state in VIEWS:
        query = urlencode({key: json.dumps(value) if key == "where" else value for key, value in state.items()})
        views.save(path, query, ViewDetails(name, is_shared=True, is_pinned=is_pinned), actor=manager)


def write_sign_ins(file: Path, url: str, people_: dict[str, dict[str, Any]], api_key: str) -> None:
    """Write the sign-ins for scripts, readable by this user only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps({"url": url, "people": people_, "api_key": api_key}, indent=2))
