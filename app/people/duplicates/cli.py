"""`flask people find-duplicates`: who may be the same person, now."""

import click

from app.core.db import db, limited
from app.people.cli import group
from app.people.duplicates import finding


@group.command("find-duplicates")
def find_duplicates() -> None:
    """Compare all customers and say how many pairs are alike; safe to run twice."""
    with limited(statement_timeout=finding.LONGEST):
        count = finding.find_all()
    db.session.commit()
    click.echo(f"{count:,} pairs may be the same person: /customers/duplicates")
