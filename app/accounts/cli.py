"""`flask accounts ...`"""

import click
from flask.cli import AppGroup

from app.accounts import queries
from app.accounts.actions import staff
from app.core.access import SYSTEM
from app.core.db import db
from app.core.web import public_url
from app.people import actions as people
from app.people.models import Employee

group = AppGroup("accounts", help="Manage who gets in.")


@group.command("create-admin")
@click.option("--email", required=True)
@click.option("--first-name", default="")
@click.option("--last-name", default="Admin", show_default=True)
def create_admin(email: str, first_name: str, last_name: str) -> None:
    """Register an admin and print the link with which they choose a password; again for a new link."""
    account = queries.find_by_email(email)
    if account is None:
        details = people.EmployeeDetails(first_name, last_name, email, role="admin")
        account = people.register_employee(details, actor=SYSTEM)
    if not isinstance(account, Employee) or account.role != "admin":
        raise click.ClickException(f"{email} belongs to somebody who is not an admin.")
    if account.password_hash is not None:
        raise click.ClickException(f"{email} has a password already; use “Forgot your password?”.")
    token = staff.invite(account, actor=SYSTEM)
    db.session.commit()
    click.echo(public_url(f"/invitation/{token}"))
