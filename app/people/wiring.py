"""What people plug into."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import BindParameter, Select, case, func, select

from app.core import access, layout
from app.core.access import Actor
from app.engine.bulk import kinds as bulk_kinds
from app.engine.changes import tables
from app.engine.custom_fields import kinds as custom_fields
from app.engine.events import catalogue
from app.engine.events.models import Event
from app.engine.exports import offers
from app.engine.files import queries as files
from app.engine.files.models import File
from app.engine.filters import fields
from app.engine.imports import kinds
from app.engine.inline import sheets as inline
from app.engine.notes import queries as notes
from app.engine.notes.models import Note
from app.engine.notices.topics import Topic, add_topic
from app.engine.records import kinds as records
from app.engine.records import pages
from app.engine.schedules import catalogue as schedulables
from app.engine.tags import taggable
from app.engine.views.columns import add_action, add_list
from app.people import bulk, cli, columns, filters, forms, imports, in_place, queries, reminders, timeline
from app.people.access import PERMISSIONS
from app.people.events import TYPES
from app.people.models import Customer, Employee, Person, StageChange
from app.people.privacy import email_of, phone_of
from app.people.routes import bp

CUSTOMER = records.RecordKind(
    "customer", "Customer", "/customers", "user", "customers.read", "customers.edit", queries.find_names
)


def add(app: Flask) -> None:
    """Add the pages, the rights, the events and what the palette finds."""
    access.declare(*PERMISSIONS)
    add_topic(
        Topic(
            "schedules", "Reminders of schedules", "What a schedule says to everybody, or to your role.", ("reminder",)
        )
    )
    kinds.add_kind(imports.KIND)
    records.add_kind(CUSTOMER)
    fields.add_entity(filters.CUSTOMERS)
    filters.CUSTOMERS.add_membership(fields.Membership("import", "Import", imports.customers_of, imports.choices))
    add_list(columns.CUSTOMERS, *columns.CUSTOMER_COLUMNS)
    taggable.add_kind(CUSTOMER, filters.CUSTOMERS)
    custom_fields.add_kind(custom_fields.CustomKind(filters.CUSTOMERS, Customer, imports.KIND))
    offers.offer(columns.CUSTOMERS)
    bulk_kinds.add_field(bulk.PATH, *bulk.FIELDS)
    add_action(bulk.PATH, bulk.EDIT)
    add_action(bulk.PATH, bulk.ERASE)
    tables.after_undo("customers", bulk.tell_undone)
    fields.add_entity(filters.EMPLOYEES)
    inline.add_sheet(in_place.SHEET)
    filters.add_standards()
    schedulables.declare(reminders.REMINDER)
    catalogue.declare(*TYPES)
    app.register_blueprint(bp)
    app.jinja_env.filters["email"] = lambda person: email_of(person, access.actor())
    app.jinja_env.filters["phone"] = lambda person: phone_of(person, access.actor())
    app.cli.add_command(cli.group)
    layout.add_nav(layout.NavItem("Customers", "/customers", "users", "customers.read", "Day", 30, shortcut="c"))
    layout.add_search(layout.SearchSource("Customers", "customers.read", _find))
    layout.add_command("customers.edit", layout.Hit("Add customer", "/customers/new", "user-plus"))
    stages = pages.Panel("stages", "Stages", "customers.read", "people/_stages.html", rows=_stages, position=60)
    pages.add_panel("customer", stages)
    pinned = pages.Panel("notes", "Pinned", "notes.read", "notes/_pinned.html", rows=notes.pinned_of, place="stream")
    pages.add_panel("customer", pinned)
    timeline.add_source(
        timeline.Source("file", "Files", "paperclip", "files.read", _files, template="files/_in_stream.html")
    )
    drawn = "notes/_in_stream.html"
    timeline.add_source(timeline.Source("note", "Notes", "note", "notes.read", _notes, tint="note", template=drawn))
    timeline.add_source(timeline.Source("record", "Changes", "history", "customers.read", _changes))


def _find(actor: Actor, words: str, limit: int) -> Sequence[layout.Hit]:
    country = current_app.extensions["rapport"].country
    found = queries.search_customers(actor, words, country, limit)
    return [
        layout.Hit(
            customer.name, f"/customers/{customer.person_id}", "user", email_of(customer, actor) or customer.country
        )
        for customer in found
    ]


def _stages(_actor: Actor, _kind: str, customer_id: BindParameter[UUID]) -> Select[Any]:
    """The stages a customer came through, the latest first."""
    return (
        select(
            case(forms.STAGE_LABELS, value=StageChange.after).label("stage"),
            StageChange.at,
            func.concat_ws(" ", Employee.first_name, Employee.last_name).label("by"),
        )
        .outerjoin(Employee, Employee.person_id == StageChange.actor_id)
        .where(StageChange.person_id == customer_id)
        .order_by(StageChange.at.desc(), StageChange.change_id.desc())
    )


def _notes(actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    """What colleagues wrote down about the customer."""
    return select(
        *timeline.columns(
            at=Note.created_at,
            kind="note",
            title=Note.author_name,
            detail=Note.body,
            url=func.concat("/notes/", Note.note_id),
            more=notes.more_about(actor),
        )
    ).where(Note.record_kind == "customer", Note.record_id == customer_id)


def _files(_actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    """The files that go with the customer."""
    return select(
        *timeline.columns(
            at=File.added_at,
            kind="file",
            title=File.name,
            detail=func.concat("added by ", File.added_by_name),
            url=func.concat("/files/", File.file_id),
            more=files.more_about(),
        )
    ).where(File.record_kind == "customer", File.record_id == customer_id)


def _changes(_actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    """Registered, changed, deactivated, erased: the events of which the customer is the subject."""
    about = catalogue.about("customer")
    labels = {kind.name: kind.label for kind in about if kind.name.startswith(("customer.", "lead."))}
    fields = func.replace(func.translate(Event.payload["fields"].astext, '[]"', ""), "_id", "")
    title = case(
        (Event.type == "customer.updated", func.concat("Changed ", func.replace(fields, "_", " "))),
        (Event.payload["how"].astext == "purchase", "Became a customer by buying, recorded"),
        else_=case(labels, value=Event.type, else_=Event.type),
    )
    name = func.concat_ws(" ", Person.first_name, Person.last_name)
    who = select(name).where(Person.person_id == Event.actor_id).scalar_subquery()
    return select(
        *timeline.columns(
            at=Event.occurred_at,
            kind="record",
            title=func.concat(title, " by " + who),
            detail=func.coalesce(Event.payload["reason"].astext, Event.payload["tag"].astext, ""),
        )
    ).where(Event.subject_id == customer_id, Event.type.like("customer.%") | (Event.type == "lead.converted"))
