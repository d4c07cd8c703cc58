"""What reach plugs into."""

from flask import Flask

from app.core import access, layout
from app.core.access import Actor
from app.engine.events import catalogue
from app.engine.exports import offers
from app.engine.filters.fields import Use
from app.engine.notices.topics import Topic, add_topic
from app.engine.records import pages
from app.engine.schedules import catalogue as schedulables
from app.engine.views import columns as lists
from app.people import timeline
from app.people.filters import CUSTOMERS
from app.reach import cli, columns, disclosed, history, queries, triggers, words
from app.reach.access import PERMISSIONS
from app.reach.channels import in_app  # noqa: F401 - adds its channel
from app.reach.events import TYPES
from app.reach.jobs import SEND
from app.reach.reports.figures import TaskFilter, list_tasks
from app.reach.routes import deliveries, drafts, tasks
from app.segments import actions as segments


def add(app: Flask) -> None:
    """Add the pages of tasks, the rights, the events, what is sent on schedule, and what a copy for a customer says."""
    access.declare(*PERMISSIONS)
    catalogue.declare(*TYPES)
    schedulables.declare(SEND)
    add_topic(Topic("backlogs", "Late messages", "Messages wait too long to be sent.", ("backlog",), urgency="high"))
    app.cli.add_command(cli.group)
    triggers.listen()
    segments.hold_with(queries.names_of_tasks_for)
    disclosed.add()
    for part in (tasks.bp, drafts.bp, deliveries.bp):
        app.register_blueprint(part)
    app.jinja_env.filters["channel_label"] = words.channel_label
    app.jinja_env.filters |= {"step_label": words.step_label, "step_tone": words.step_tone}
    timeline.add_source(timeline.Source("touch", "Messages", "send", "reach.read", history.of_customer, tint="talk"))
    panel = pages.Panel(
        "touches", "Messages", "reach.read", "reach/_of_customer.html", rows=history.rows_of, position=55
    )
    pages.add_panel("customer", panel)
    lists.add_list(columns.DELIVERIES, *columns.COLUMNS)
    offers.offer(columns.DELIVERIES)
    layout.add_nav(layout.NavItem("Touch tasks", "/reach/tasks", "send", "reach.read", "Growth", 10))
    layout.add_search(layout.SearchSource("Touch tasks", "reach.read", _find))
    layout.add_command("reach.write", layout.Hit("New touch task", "/reach/tasks/new", "send"))
    CUSTOMERS.add_use(Use("Write to them", "/reach/tasks/new", "reach.write"))
    lists.add_action("/customers", drafts.WRITE_TO_THEM)


def _find(_actor: Actor, said: str, limit: int) -> list[layout.Hit]:
    found = list_tasks(TaskFilter(q=said), size=limit).rows
    return [
        layout.Hit(row.task.name, f"/reach/tasks/{row.task.id}", "send", f"Number {row.task.task_no}") for row in found
    ]
