"""Reading the audit trail: who changed what, from what, to what."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Row, Select, Text, Uuid, column, func, select, table
from sqlalchemy.dialects.postgresql import JSONB

from app.accounts import audit_names
from app.core.access import Actor
from app.core.db import db
from app.core.display import clock_time, day
from app.core.paging import Order, Page, keyset
from app.engine.records import kinds
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
NAMES = {"comm_channels": "conversations", "crm_user_touch_task": "touch tasks", "merges": "merged customers"}
LEFT_OUT = "…"
"""What stands for a secret, and for what is too much to keep."""
LABELS = {"ip": "Internet address", "rfm": "RFM", "sku": "SKU", "url": "Address"}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d|Z)")


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
    """One line of the trail. `name` and `href`: of the record, where it has such and the reader may see it."""

    audit_id: int
    at: datetime
    who: str
    actor_id: UUID | None
    verb: str
    table: str
    row_id: str
    name: str
    href: str
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
    about = {(row.table_name, row.row_id) for row in page.rows}
    names = audit_names.names_of(about.union(*(_mentioned(row) for row in page.rows)))
    records = audit_names.records_of(actor, about)
    entries = [_entry(row, names, records) for row in page.rows]
    return Page(entries, page.next, page.previous, page.size, page.sort)


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


def list_tables() -> dict[str, str]:
    """The tables somebody changed something in, and what they hold in words."""
    watched = (
        "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE p.proname IN ('record_audit', 'record_audit_of_statement')"
    )
    found = [row[0] for row in db.session.connection().exec_driver_sql(watched)]
    return dict(sorted(((name, words_of(name)) for name in found), key=lambda one: one[1]))


def words_of(table_name: str) -> str:
    """What a table holds, as a person says it."""
    return NAMES.get(table_name, table_name.removeprefix("reach_").replace("_", " "))


def _mentioned(row: Row[Any]) -> set[audit_names.Row]:
    """The rows that the changes of a line point to."""
    changes = _changes_of(row)
    return {
        (audit_names.points_to(row.table_name, field, changes), str(one))
        for field, pair in changes.items()
        for value in pair
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, str | int) and one not in ("", LEFT_OUT)
    }


def _changes_of(row: Row[Any]) -> dict[str, Any]:
    return {**row.changes, **(row.personal or {})}


def _entry(
    row: Row[Any], names: Mapping[audit_names.Row, str], records: Mapping[audit_names.Row, kinds.Record]
) -> Entry:
    about = (row.table_name, row.row_id)
    record, changes = records.get(about), _changes_of(row)
    return Entry(
        audit_id=row.audit_id,
        at=row.at,
        who=row.who or ("Rapport" if row.actor_id is None else "Somebody erased"),
        actor_id=row.actor_id,
        verb=VERBS[row.action],
        table=words_of(row.table_name),
        row_id=row.row_id,
        name=record.name if record else names.get(about, ""),
        href=record.href if record else "",
        correlation_id=row.correlation_id,
        changes=[
            Change(_label(field), _say(before, there, names), _say(after, there, names))
            for field, (before, after) in sorted(changes.items())
            for there in [audit_names.points_to(row.table_name, field, changes)]
            if not _says_nothing((before, after), row.row_id)
        ],
    )


def _says_nothing(pair: Collection[Any], row_id: str) -> bool:
    """What is empty, and the id that the line itself has."""
    return all(value in (None, "", [], {}) or str(value) == row_id for value in pair)


def _label(field: str) -> str:
    return LABELS.get(field, field.removesuffix("_id").replace("_", " ").capitalize())


def _say(value: Any, table: str, names: Mapping[audit_names.Row, str]) -> str:
    """A value as a person reads it; where it points to a row of the table, what that one is called."""
    if value in (None, "", [], {}):
        return "–"
    if value == LEFT_OUT:
        return "not kept here"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_say(one, table, names) for one in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and MOMENT.fullmatch(value):
        moment = datetime.fromisoformat(value)
        return f"{day(moment)}, {clock_time(moment)}"
    return names.get((table, str(value)), str(value))
