"""`flask seed`: companies to try Rapport on."""

import os
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.core.access import SYSTEM
from app.core.db import db
from app.demo import (
    calls,
    cast,
    company,
    deals,
    mails,
    messages,
    orders,
    records,
    service,
    tasks,
    touches,
    twins,
    widget,
)

DEMO_CUSTOMERS = 400

group = AppGroup("seed", help="Make a believable company.")


@group.command("demo")
def demo() -> None:
    """Make the demo company with its four people, and write their sign-ins to RAPPORT_DEMO_FILE."""
    config = current_app.extensions["rapport"]
    hired = cast.hire()
    customer, password = cast.welcome()
    company.make_company(DEMO_CUSTOMERS, currency=config.currency, report=lambda _text: None)
    service.open_shop(hired["manager"][0].person_id)
    cast.begin_the_day(hired["agent"][0].person_id, customer.person_id)
    widget.put_on_page(config.public_url, SYSTEM)
    calls.remember_calls(hired["agent"][0].person_id)
    mails.fill_mailbox(hired["agent"][0].person_id)
    service.remember_week([hired[role][0].person_id for role in ("agent", "manager")])
    service.label_conversations(hired["manager"][0].person_id)
    deals.make_deals([hired[role][0].person_id for role in ("manager", "agent")], config.currency)
    orders.make_orders(hired["agent"][0].person_id, customer.person_id)
    tasks.make_tasks([hired[role][0].person_id for role in ("agent", "manager")], config.time_zone)
    records.write_down([hired[role][0].person_id for role in ("agent", "manager")])
    cast.schedule_reminders(hired["manager"][0].person_id)
    cast.suggest_segments(hired["manager"][0].person_id)
    cast.share_views(hired["manager"][0].person_id)
    cast.group_customers(hired["manager"][0].person_id)
    messages.write_templates(hired["manager"][0].person_id)
    touches.make_touches(hired["manager"][0].person_id)
    twins.register()
    people = {role: {"email": employee.email, "password": word} for role, (employee, word) in hired.items()}
    people["customer"] = {"email": customer.email, "password": password}
    api_key = cast.make_api_key(hired["admin"][0].person_id)
    db.session.commit()
    file = config.demo_file or Path(config.state_dir) / "demo.json"
    cast.write_sign_ins(file, os.environ.get("RAPPORT_URL", config.public_url), people, api_key)
    company.refresh_statistics()
    click.echo(f"{company.count()} · sign-ins in {file}")


@group.command("company")
@click.argument("size", type=click.IntRange(100, 1_000_000))
@click.option("--per-customer", default=10, show_default=True, help="Transactions for each customer, on average.")
def make(size: int, per_customer: int) -> None:
    """Add a company of SIZE customers (100 to 1,000,000)."""
    config = current_app.extensions["rapport"]
    made = company.make_company(size, per_customer=per_customer, currency=config.currency, report=click.echo)
    db.session.commit()
    company.refresh_statistics()
    click.echo(str(made))
