"""Reading the audit trail: who changed what, from what, to what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Row, Select, Text, Uuid, column, func, select, table
from sqlalchemy.dialects.postgresql import JSONB

from app.core.access import Actor
from app.core.db import db
from app.core.paging import Order, Page, keyset
from app.people.models import Person

trail = table(
    "audit_log",
    column("audit_id", BigInteger),
    column("at", DateTime(timezone=True)),
    column("table_name", Text),
    column("row_id", Text),
    column("action", Text),
    column("actor_id", Uuid),
    column("correlation_id", Text),
    column("changes", JSONB),
)
personal = table("audit_personal", column("audit_id", BigInteger), column("changes", JSONB))

ORDERS = {"at": Order((trail.c.audit_id,), "When", descending=True)}
MOST_PEOPLE = 50
VERBS = {"insert": "added", "update": "changed", "delete": "removed"}


@dataclass(frozen=True)
class Filter:
    """What part of the trail is wanted; empty fields do not narrow."""

    who: str = ""
    table: str = ""
    record: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Change:
    """One field before and after, as a person reads it."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One line of the trail."""

    audit_id: int
    at: datetime
    who: str
    actor_id: UUID | None
    verb: str
    table: str
    row_id: str
    correlation_id: str
    changes: list[Change]


def list_entries(wanted: Filter, *, actor: Actor, cursor: str = "") -> Page[Entry]:
    """The trail, newest first. Personal values show as long as the person is not erased."""
    name = func.nullif(func.trim(Person.first_name + " " + Person.last_name), "")
    query = (
        select(trail, personal.c.changes.label("personal"), func.coalesce(name, Person.email).label("who"))
        .outerjoin_from(trail, personal, personal.c.audit_id == trail.c.audit_id)
        .outerjoin(Person, Person.person_id == trail.c.actor_id)
    )
    page = keyset(
        _narrow(query, wanted, actor), orders=ORDERS, sort="at", cursor=cursor, key=lambda row: [row.audit_id]
    )
    return Page([_entry(row) for row in page.rows], page.next, page.previous, page.size, page.sort)


def _narrow(query: Select[Any], wanted: Filter, actor: Actor) -> Select[Any]:
    if wanted.who:
        query = query.where(trail.c.actor_id.in_(_people(wanted.who, actor)))
    if wanted.table:
        query = query.where(trail.c.table_name == wanted.table)
    if wanted.record:
        query = query.where(trail.c.row_id == wanted.record)
    if wanted.since:
        query = query.where(trail.c.at >= _midnight(wanted.since))
    if wanted.until:
        query = query.where(trail.c.at < _midnight(wanted.until + timedelta(days=1)))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time()).astimezone()


def _people(words: str, actor: Actor) -> Sequence[UUID]:
    """Whom the reader means by an id, a part of a name or, when they may see addresses, of an address."""
    try:
        return [UUID(words)]
    except ValueError:
        said = Person.first_name + " " + Person.last_name
        if actor.can("pii.read"):
            said = said + " " + func.coalesce(Person.email, "")
        folded = func.fold(said)
        like = [folded.contains(func.fold(word), autoescape=False) for word in words.split()]
        return db.session.scalars(select(Person.person_id).where(*like).limit(MOST_PEOPLE)).all()


def list_tables() -> Sequence[str]:
    """The tables somebody changed something in (a loose index scan would do; there are few)."""
    watched = (
        "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE p.proname IN ('record_audit', 'record_audit_of_statement') ORDER BY 1"
    )
    return [row[0] for row in db.session.connection().exec_driver_sql(watched)]


def _entry(row: Row[Any]) -> Entry:
    changes = {**row.changes, **(row.personal or {})}
    return Entry(
        audit_id=row.audit_id,
        at=row.at,
        who=row.who or ("Rapport" if row.actor_id is None else "Somebody erased"),
        actor_id=row.actor_id,
        verb=VERBS[row.action],
        table=row.table_name.replace("_", " "),
        row_id=row.row_id,
        correlation_id=row.correlation_id,
        changes=[
            Change(field.replace("_", " ").capitalize(), _say(before), _say(after))
            for field, (before, after) in sorted(changes.items())
        ],
    )


def _say(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return str(value)
