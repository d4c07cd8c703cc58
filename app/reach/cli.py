"""`flask reach ...`"""

import click
from flask.cli import AppGroup

from app.core.access import SYSTEM
from app.core.db import db
from app.reach import welcome as welcomes

group = AppGroup("reach", help="Messages to customers.")


@group.command("welcome")
def welcome() -> None:
    """Welcome every customer who registers from now on; again it changes nothing."""
    task = welcomes.set_up(actor=SYSTEM)
    db.session.commit()
    click.echo(f"Task {task.task_no} welcomes them." if task else "A task answers registrations already.")
