"""Make what a test is about; everything else has a sensible value. Each commits."""

from itertools import count
from typing import Any

from app.accounts import passwords, sign_ins
from app.accounts.actions import api_keys
from app.conversations.actions import channels, messages
from app.conversations.models import Channel
from app.core.db import db
from app.people.models import Customer, Employee
from app.products.models import Product

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
    posted = messages.post_message(channel, content, actor=writer, **options)
    db.session.commit()
    return posted


def make_key(owner: Customer | Employee, *permissions: str) -> str:
    """A secret that stands for its owner, with some or all of their rights."""
    actor = sign_ins.actor_for(owner.person_id)
    assert actor is not None
    _key, secret = api_keys.create_key(actor=actor, name="till", permissions=list(permissions or actor.grants), days=30)
    db.session.commit()
    return secret
