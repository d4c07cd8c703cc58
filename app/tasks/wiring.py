"""What tasks plug into."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import BindParameter, Select, Text, case, cast, func, literal, select

from app.core import access, layout
from app.core.access import Actor
from app.engine.bulk import kinds as bulk_kinds
from app.engine.events import catalogue
from app.engine.exports import offers
from app.engine.filters import fields
from app.engine.notices.topics import EVERY_WAY, Topic, add_topic
from app.engine.records import kinds as records
from app.engine.records import pages
from app.engine.views.columns import add_action, add_list
from app.people import timeline
from app.tasks import bulk, calendar, columns, disclosed, filters, follow_ups, queries, reminders, telling  # noqa: F401 - reminders registers its job
from app.tasks.access import PERMISSIONS, visible_to
from app.tasks.events import TYPES
from app.tasks.models import Task
from app.tasks.moments import in_words
from app.tasks.routes import calendar as calendar_pages
from app.tasks.routes import tasks as task_pages

ICONS = {"todo": "checkbox", "call": "phone", "mail": "mail", "meeting": "users"}
TASK = records.RecordKind("task", "Task", "/tasks", "checkbox", "tasks.read", "tasks.edit", queries.find_names)


def add(app: Flask) -> None:
    """Add the pages, the rights, the events, and a panel to every record's page."""
    access.declare(*PERMISSIONS)
    add_topic(Topic("tasks", "Tasks", "Somebody gives you tasks.", ("task", "tasks")))
    add_topic(
        Topic(
            "reminders",
            "Reminders of tasks",
            "The time has come that you wanted to be reminded.",
            ("task-reminder",),
            EVERY_WAY,
        )
    )
    disclosed.add()
    records.add_kind(TASK)
    fields.add_entity(filters.TASKS)
    add_list(columns.TASKS, *columns.COLUMNS)
    offers.offer(columns.TASKS)
    bulk_kinds.add_field(bulk.PATH, *bulk.FIELDS)
    for action in (bulk.EDIT, bulk.DONE, bulk.CANCEL):
        add_action(bulk.PATH, action)
    catalogue.declare(*TYPES)
    catalogue.subscribe("tasks.forget_customer", "customer.erased", handler=telling.forget_customer)
    catalogue.subscribe("tasks.follow_up", "channel.rated", handler=follow_ups.follow_up)
    for part in (task_pages, calendar_pages):
        app.register_blueprint(part.bp)
    app.jinja_env.filters["due_words"] = in_words
    pages.add_panel(
        pages.EVERY_KIND,
        pages.Panel("tasks", "Tasks", "tasks.edit", "tasks/_of_record.html", rows=queries.of_record, position=20),
    )
    timeline.add_source(timeline.Source("task", "Tasks", "checkbox", "tasks.read", _of_customer))
    calendar.add_source(calendar.CalendarSource("tasks", "tasks.read", _on_days))
    nav = layout.NavItem("Tasks", "/tasks", "checklist", "tasks.read", "Day", 25, queries.IS_DUE_TODAY, shortcut="t")
    layout.add_nav(nav, layout.NavItem("Calendar", "/calendar", "calendar", "tasks.read", "Day", 26, shortcut="k"))
    layout.add_search(layout.SearchSource("Tasks", "tasks.read", _find))
    layout.add_command("tasks.edit", layout.Hit("Add task", "/tasks/new", "checkbox"))


def _find(actor: Actor, words: str, limit: int) -> Sequence[layout.Hit]:
    return [
        layout.Hit(task.title, f"/tasks/{task.task_id}", "checkbox", in_words(task.due_on, task.due_time))
        for task in queries.search_tasks(actor, words, limit)
    ]


def _on_days(actor: Actor, first: date, last: date) -> Sequence[calendar.Entry]:
    """An actor's tasks as their calendar shows them."""
    return [
        calendar.Entry(
            task.due_on,
            task.title,
            f"/tasks/{task.task_id}",
            ICONS[task.kind],
            task.due_time,
            "bad" if task.is_late else "",
            is_over=not task.is_open,
            task_id=task.task_id if task.is_open else None,
        )
        for task in queries.list_on_days(actor, first, last)
        if task.due_on
    ]


def _of_customer(actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    """What was to be done about a customer: when it was written down or, later, done."""
    words = case({"open": "Task: ", "done": "Done: ", "cancelled": "Cancelled: "}, value=Task.state)
    return select(
        *timeline.columns(
            at=func.coalesce(Task.done_at, Task.created_at),
            kind="task",
            title=words + Task.title,
            detail=func.left(Task.details, 300),
            url=literal("/tasks/") + cast(Task.task_id, Text),
        )
    ).where(Task.record_id == customer_id, Task.record_kind == "customer", visible_to(actor))
