"""What copies plug into, and what this floor and the engine keep of people."""

from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import Select, select

from app.engine.events import catalogue
from app.engine.events.models import Event
from app.engine.files.models import File
from app.engine.notes.models import Note
from app.engine.notices.models import Notice, OutgoingMail
from app.engine.notices.topics import Topic, add_topic
from app.engine.push.models import Device
from app.engine.records import pages
from app.engine.tags.models import RecordTag, Tag
from app.people.disclosure import jobs  # noqa: F401 - registers its work
from app.people.disclosure.models import Disclosure
from app.people.disclosure.parts import Part, add_part, leave_out
from app.people.disclosure.routes import bp
from app.people.models import Customer, StageChange

Rows = Select[*tuple[Any, ...]]


def add(app: Flask) -> None:
    """Add the pages and what is copied."""
    app.register_blueprint(bp)
    add_topic(Topic("copies", "Copies of personal data", "A copy for a customer is ready.", ("disclosure",)))
    pages.add_action(
        "customer",
        pages.RecordAction("Personal data", "shield-check", "customers.disclose", _href, position=90),
    )
    add_part(Part("stages", "Stages you came through", ("stage_changes",), _stages))
    add_part(Part("tags", "Tags on you", ("record_tags",), _tags))
    add_part(Part("notes", "Notes about you", ("notes",), _notes))
    add_part(Part("files", "Files about you", ("files",), _files))
    add_part(Part("history", "What happened", ("events",), _history))
    add_part(Part("notices", "Notices to you", ("notices",), _notices))
    add_part(Part("mails", "Mails to you", ("outgoing_mail",), _mails))
    add_part(Part("devices", "Devices we reach you on", ("push_subscriptions",), _devices))
    add_part(Part("copies", "Copies of your data", ("disclosures",), _copies))
    leave_out("the copy begins with it", "person_registry", "people", "customers", "custom_unique", "custom_searched")
    leave_out("about firms", "companies")
    leave_out("the bytes of files", "file_contents")
    leave_out(
        "about staff", "stars", "notice_choices", "employees", "imports", "schedules", "saved_views", "change_sets"
    )
    leave_out("an earlier state of what is copied, kept to undo", "changed_rows", "kept_rows", "bulk_rows")


def _href(customer: Customer) -> str:
    return f"/customers/{customer.person_id}/personal-data"


def _stages(customer_id: UUID) -> Rows:
    query = select(StageChange.at, StageChange.before.label("from"), StageChange.after.label("to"))
    return query.where(StageChange.person_id == customer_id).order_by(StageChange.change_id)


def _tags(customer_id: UUID) -> Rows:
    query = select(Tag.name.label("tag"), RecordTag.tagged_at.label("since")).join(Tag, Tag.tag_id == RecordTag.tag_id)
    its = (RecordTag.record_kind == "customer", RecordTag.record_id == customer_id)
    return query.where(*its).order_by(RecordTag.tagged_at)


def _notes(customer_id: UUID) -> Rows:
    its = (Note.record_kind == "customer", Note.record_id == customer_id)
    return select(Note.created_at.label("at"), Note.body.label("words")).where(*its).order_by(Note.created_at)


def _files(customer_id: UUID) -> Rows:
    its = (File.record_kind == "customer", File.record_id == customer_id)
    query = select(File.added_at.label("at"), File.name, File.media_type.label("kind"), File.size_bytes.label("bytes"))
    return query.where(*its).order_by(File.added_at)


def _history(customer_id: UUID) -> Rows:
    labels = {one.name: one.label for one in catalogue.about("customer")}
    query = select(Event.occurred_at.label("at"), Event.type.label("what"), Event.payload.label("more"))
    return query.where(Event.subject_id == customer_id, Event.type.in_(labels)).order_by(Event.event_id)


def _notices(customer_id: UUID) -> Rows:
    query = select(Notice.created_at.label("at"), Notice.title, Notice.body, Notice.read_at.label("read at"))
    return query.where(Notice.person_id == customer_id).order_by(Notice.created_at)


def _devices(customer_id: UUID) -> Rows:
    query = select(
        Device.created_at.label("at"), Device.device, Device.endpoint, Device.last_used_at.label("last used at")
    )
    return query.where(Device.person_id == customer_id).order_by(Device.created_at)


def _mails(customer_id: UUID) -> Rows:
    query = select(
        OutgoingMail.created_at.label("at"),
        OutgoingMail.address.label("to"),
        OutgoingMail.subject,
        OutgoingMail.sent_at.label("sent at"),
    )
    return query.where(OutgoingMail.person_id == customer_id).order_by(OutgoingMail.created_at)


def _copies(customer_id: UUID) -> Rows:
    query = select(Disclosure.asked_at.label("asked at"), Disclosure.made_at.label("made at"))
    return query.where(Disclosure.person_id == customer_id).order_by(Disclosure.asked_at)
