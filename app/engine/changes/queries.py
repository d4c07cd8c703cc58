"""Find what people changed, and tell it row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, column, func, literal, select, table

from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.core.jobs import Job
from app.core.paging import Order, Page, keyset
from app.engine.changes.access import visible_to
from app.engine.changes.models import ChangedRow, ChangeSet, KeptRow
from app.engine.records import kinds
from app.engine.records.kinds import Record

ORDERS = {"at": Order((ChangeSet.at, ChangeSet.change_set_id), "When", descending=True)}
ROW_ORDERS = {"row": Order((ChangedRow.table_name, ChangedRow.row_key), "Row")}
KEPT_ORDERS = {"row": Order((KeptRow.table_name, KeptRow.row_key), "Row")}
AT_ONCE = 50
# This floor has never heard of people but knows that a shop keeps them.
PEOPLE = table("people", column("person_id", Uuid), column("first_name", Text), column("last_name", Text))
WHY = {
    "touched": "changed since",
    "gone": "removed since",
    "there": "made anew since",
    "referred": "something else refers to it",
    "refused": "it would break a rule",
}


@dataclass(frozen=True)
class Listed:
    """A change set in the list, with who made it and whether a job still works on it."""

    change_set: ChangeSet
    by: str
    is_going_on: bool


@dataclass(frozen=True)
class Line:
    """One row of a report. `record` is None for what has no page, or is not there (any more) for this actor."""

    table: str
    action: str
    record: Record | None
    detail: str
    by: str = ""
    at: datetime | None = None


def get_change_set(actor: Actor, change_set_id: UUID) -> ChangeSet:
    """Raises: NotFound for what is not there or somebody else's."""
    found = db.session.scalar(select(ChangeSet).where(ChangeSet.change_set_id == change_set_id, visible_to(actor)))
    if found is None:
        raise NotFound
    return found


def list_changes(actor: Actor, *, mine: bool = False, kind: str = "", cursor: str = "", size: int = 25) -> Page[Listed]:
    """What people changed, the latest first."""
    query = (
        select(ChangeSet, name_of(ChangeSet.actor_id), Job.state.in_(["queued", "running"]))
        .outerjoin(Job, Job.job_id == ChangeSet.job_id)
        .where(
            visible_to(actor),
            (ChangeSet.rows_changed > 0) | (ChangeSet.elsewhere != "") | Job.state.in_(["queued", "running"]),
        )
    )
    if mine:
        query = query.where(ChangeSet.actor_id == actor.id)
    if kind:
        query = query.where(ChangeSet.kind == kind)
    page = keyset(query, orders=ORDERS, sort="at", cursor=cursor, size=size)
    rows = [Listed(row[0], row[1] or "", bool(row[2])) for row in page.rows]
    return Page(rows, page.next, page.previous, page.size, page.sort)


def name_of(person_id: Any) -> Any:
    """The name of whoever this is, wherever people are kept."""
    whole = func.btrim(PEOPLE.c.first_name + " " + PEOPLE.c.last_name)
    return select(whole).where(PEOPLE.c.person_id == person_id).scalar_subquery()


def find_job(change_set: ChangeSet) -> Job | None:
    """The job that works on it, if one does or did."""
    return db.session.get(Job, change_set.job_id) if change_set.job_id else None


def find_undo(change_set: ChangeSet) -> ChangeSet | None:
    """The change set that undid it."""
    return db.session.scalar(select(ChangeSet).where(ChangeSet.undoes_id == change_set.change_set_id))


def count_rows(change_set: ChangeSet) -> dict[str, int]:
    """How many rows were created, updated, deleted, by action; of an undo also how many it `kept`."""
    of_rows = select(ChangedRow.action.label("action"), func.count()).where(
        ChangedRow.change_set_id == change_set.change_set_id, ChangedRow.action != "none"
    )
    of_kept = select(literal("kept"), func.count()).where(KeptRow.change_set_id == change_set.change_set_id)
    rows = db.session.execute(of_rows.group_by(ChangedRow.action).union_all(of_kept))
    return {action: number for action, number in rows if number}


def list_rows(actor: Actor, change_set: ChangeSet, action: str, *, cursor: str = "") -> Page[Line]:
    """The rows of a change set that were so changed ("insert", "update", "delete"), or `kept` by an undo."""
    if action == "kept":
        return _list_kept(actor, change_set, cursor)
    query = select(ChangedRow).where(ChangedRow.change_set_id == change_set.change_set_id, ChangedRow.action == action)
    page = keyset(query, orders=ROW_ORDERS, sort="row", cursor=cursor, size=AT_ONCE).scalars()
    records = _records(actor, page.rows)
    lines = [
        Line(row.table_name, row.action, records.get((row.record_kind, row.record_id)), _detail(row))
        for row in page.rows
    ]
    return Page(lines, page.next, page.previous, page.size)


def _list_kept(actor: Actor, undo: ChangeSet, cursor: str) -> Page[Line]:
    query = select(KeptRow, name_of(KeptRow.touched_by)).where(KeptRow.change_set_id == undo.change_set_id)
    page = keyset(query, orders=KEPT_ORDERS, sort="row", cursor=cursor, size=AT_ONCE)
    records = _records(actor, [row[0] for row in page.rows])
    lines = [
        Line(
            kept.table_name,
            "kept",
            records.get((kept.record_kind, kept.record_id)),
            WHY[kept.why] + (f": {_words(kept.detail)}" if kept.detail else ""),
            by or "",
            kept.touched_at,
        )
        for kept, by in page.rows
    ]
    return Page(lines, page.next, page.previous, page.size)


def _records(actor: Actor, rows: Sequence[Any]) -> Mapping[tuple[str, UUID], Record]:
    return kinds.find_records(actor, {(row.record_kind, row.record_id) for row in rows if row.record_id})


def _detail(row: ChangedRow) -> str:
    """Which fields were changed; what they hold is shown on the record's page, to whom it concerns."""
    if row.action != "update" or row.after is None:
        return ""
    named = {name.removesuffix("_enc").removesuffix("_id") for name in row.after if not name.endswith("_index")}
    return _words(", ".join(sorted(named)))


def _words(names: str) -> str:
    return names.replace("_", " ")


def find_name(person_id: UUID | None) -> str:
    """The name of a person; "" for nobody."""
    return db.session.scalar(select(name_of(person_id))) or "" if person_id else ""


def has_removed(undo: ChangeSet, page: str) -> bool:
    """True when undoing removed the record that the address is about."""
    named = [part for part in page.partition("?")[0].split("/") if len(part) == 36]
    removed = select(ChangedRow).where(
        ChangedRow.change_set_id == undo.change_set_id, ChangedRow.action == "delete", ChangedRow.row_key.in_(named)
    )
    return bool(named) and bool(db.session.scalar(select(removed.exists())))
