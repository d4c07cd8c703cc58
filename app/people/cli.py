"""`flask people ...`"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import click
from flask import current_app
from flask.cli import AppGroup

from app.core.access import SYSTEM
from app.core.db import db
from app.core.errors import DomainError, Invalid
from app.people import actions, details, queries
from app.people.models import STAGES

group = AppGroup("people", help="Care for customers and employees.")


@group.command("register")
@click.option("--first-name", default="")
@click.option("--last-name", default="")
@click.option("--email", default="")
@click.option("--phone", default="", help="Any usual way of writing it.")
@click.option("--address", default="")
@click.option("--country", default="")
@click.option("--stage", type=click.Choice(STAGES), default="customer", show_default=True)
def register(phone: str, **typed: str) -> None:
    """Register a customer."""
    with _in_words():
        number = details.phone(phone, _country())
        customer = actions.register_customer(
            actions.CustomerDetails(phone=number, **_plain(typed)), actor=SYSTEM, source="command"
        )
        db.session.commit()
    click.echo(f"{customer.person_id} {customer.name}")


@group.command("register-employee")
@click.option("--first-name", default="")
@click.option("--last-name", required=True)
@click.option("--email", required=True)
@click.option("--department", default="")
@click.option("--position", default="")
@click.option("--role", type=click.Choice(actions.ROLES), default="agent", show_default=True)
def register_employee(role: str, **typed: str) -> None:
    """Register an employee, who sets a password by “Forgot your password?”."""
    with _in_words():
        employee = actions.register_employee(actions.EmployeeDetails(role=role, **_plain(typed)), actor=SYSTEM)
        db.session.commit()
    click.echo(f"{employee.person_id} {employee.name}")


@group.command("erase")
@click.argument("customer_id", type=click.UUID)
@click.option("--reason", required=True, help="Why, for the record; without a name.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(customer_id: UUID, reason: str, yes: bool) -> None:
    """Erase a customer for good; the books are kept."""
    with _in_words():
        customer = queries.get_customer(SYSTEM, customer_id)
        if not yes:
            click.confirm(f"Erase {customer.name}? This cannot be undone.", abort=True)
        done = actions.erase_customer(customer, actor=SYSTEM, reason=reason)
        db.session.commit()
    click.echo("erased" if done else "was erased before")


@group.command("find")
@click.argument("words")
@click.option("--limit", default=20, show_default=True)
def find(words: str, limit: int) -> None:
    """Find customers by name, email, phone or reference."""
    found = queries.search_customers(SYSTEM, words, _country(), limit)
    for customer in found:
        click.echo(f"{customer.person_id} {customer.name} {customer.email or ''}".rstrip())
    click.echo(f"{len(found)} found")


def _country() -> str:
    return current_app.extensions["rapport"].country


def _plain(typed: dict[str, str]) -> dict[str, Any]:
    readers = {"email": details.email, "address": details.address}
    return {name: readers.get(name, details.name)(text) if name != "stage" else text for name, text in typed.items()}


@contextmanager
def _in_words() -> Iterator[None]:
    """Let a refusal end the command with its sentences."""
    try:
        yield
    except Invalid as refusal:
        sentences = [sentence for found in refusal.errors.values() for sentence in found]
        raise click.ClickException(" ".join(sentences) or str(refusal)) from None
    except DomainError as refusal:
        raise click.ClickException(str(refusal)) from None
