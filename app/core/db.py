"""The database: one session, one commit at the edge, hooks that run only after it."""

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg
from flask import current_app, g
from flask_sqlalchemy import SQLAlchemy
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import (
    Column,
    ColumnDefault,
    ColumnElement,
    Connection,
    CursorResult,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Select,
    Text,
    Uuid,
    any_,
    case,
    cast,
    column,
    delete,
    event,
    func,
    inspect,
    literal,
    select,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, ORMExecuteState, Session, registry
from sqlalchemy.pool import Pool

from app.core.log import correlation_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every mapped class; text without length, aware timestamps, native UUIDs."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            str: Text,
            UUID: Uuid,
            bytes: LargeBinary,
            int: Integer,
            datetime: DateTime(timezone=True),
            dict[str, Any]: JSONB(none_as_null=True),
            list[str]: JSONB(none_as_null=True),
        },
    )


db = SQLAlchemy(
    model_class=Base,
    engine_options={
        "pool_size": 30,
        "max_overflow": 0,  # one that is opened for a moment costs more than it does: it plans all statements anew
        "pool_timeout": 5,
        "pool_use_lifo": True,  # the one used last knows its statements best
        "connect_args": {
            "connect_timeout": 5,
            "application_name": "rapport",
            "options": "-c statement_timeout=30000 -c lock_timeout=5000 -c timezone=UTC",
        },
    },
)


DIALECT = postgresql.dialect()


def new_id() -> UUID:
    """A time-ordered UUID (version 7), so that new rows sit together in every index."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10), "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """True for a text that PostgreSQL can keep: no NUL, no half of a surrogate pair."""
    return UNSTORABLE.search(text) is None


def act_as(person_id: UUID | None) -> None:
    """Say who stands behind the writes of this context; the audit trail's trigger reads it."""
    g.actor_id = person_id


def after_commit(hook: Callable[[], None]) -> None:
    """Run `hook` once the present transaction is committed; forget it when it is rolled back."""
    hooks_after_commit().append(hook)


def hooks_after_commit() -> list[Callable[[], None]]:
    """What runs once the present transaction is committed."""
    hooks: list[Callable[[], None]] = db.session.info.setdefault("after_commit", [])
    return hooks


def is_begun() -> bool:
    """True where the present transaction has anything to end: a statement, or a hook that waits for it."""
    if not db.session.registry.has():
        return False
    session = db.session()
    return session.in_transaction() or bool(session.info.get("after_commit"))


@contextmanager
def separately() -> Iterator[None]:
    """A transaction of its own, committed at the end whatever becomes of the present one.

    For the little that must survive a refusal, such as the count of wrong passwords. Rows
    loaded outside belong to another session: pass ids in, not objects.
    """
    actor_id = g.get("actor_id")
    with current_app._get_current_object().app_context():  # type: ignore[attr-defined]  # noqa: SLF001 - a context of its own
        act_as(actor_id)
        yield
        db.session.commit()


class Ready:
    """A statement in PostgreSQL's own words, with `:names` for its values, that runs hundreds of times a second.

    It is compiled once, and goes past mapper and compiler after that: they take longer than to send it. One that
    writes is to be signed.
    """

    def __init__(self, statement: str) -> None:
        self._statement = str(text(statement).compile(dialect=DIALECT))

    def run(self, values: dict[str, Any], by: Connection | None = None) -> CursorResult[Any]:
        """Run it in the present transaction, or by another connection."""
        return (by or db.session.connection()).exec_driver_sql(self._statement, values)


Few = Sequence[UUID] | Select[Any]
"""Some rows by their ids, or the query that reads these."""


def one_of(
    column: ColumnElement[Any] | InstrumentedAttribute[Any], values: Iterable[Any] | Select[Any]
) -> ColumnElement[bool]:
    """The column has one of these values, sent as one array however many they are, or read as one.

    `IN` would make another statement for each number of values, which nobody on the way could keep; and of values
    that are read, the planner is told that they are few.
    """
    if isinstance(values, Select):
        return column == any_(func.array(values.scalar_subquery()))  # type: ignore[no-any-return]
    listed = list(values)
    array: Any = literal(listed, ARRAY(column.type))
    if listed and all(type(value) is UUID for value in listed):  # thousands of them: one text is sooner written
        array = cast(literal("{" + ",".join([value.hex for value in listed]) + "}", Text), ARRAY(Uuid))
    matches: ColumnElement[bool] = column == any_(array)
    return matches


def delete_some(table: type[Base], *where: ColumnElement[bool], limit: int) -> int:
    """Delete rows for which all of it holds, at most so many, so that it takes no long time; returns how many went."""
    few = select(column("ctid")).select_from(table).where(*where).limit(limit).scalar_subquery()
    gone = delete(table).where(column("ctid") == any_(func.array(few)))
    done = db.session.execute(gone.execution_options(synchronize_session=False))
    return done.rowcount  # type: ignore[attr-defined, no-any-return]


def padded(number: ColumnElement[int] | InstrumentedAttribute[int], digits: int) -> ColumnElement[str]:
    """A number with zeros ahead, as `f"{number:06}"` has it: one that is longer is not cut off."""
    words = cast(number, Text)
    return func.lpad(words, func.greatest(digits, func.length(words)), "0")


def in_words(column: ColumnElement[str] | InstrumentedAttribute[str], words: Mapping[str, str]) -> ColumnElement[str]:
    """What people call what the column holds; itself where nobody has a word for it."""
    return case(dict(words), value=column, else_=column)


def copy_in(rows: Sequence[Base]) -> None:
    """Write thousands of new rows of one table by COPY, which the mapper would write one by one.

    Their columns' defaults are filled in. The rows stay outside the session.
    """
    if not rows:
        return
    sign_writes(db.session())
    documents = {column.name for column in inspect(type(rows[0])).columns if isinstance(column.type, JSONB)}
    settled = (
        [Jsonb(value) if name in documents and value is not None else value for name, value in held.items()]
        for held in map(settled_values, rows)
    )
    copy_rows(rows[0].__tablename__, list(settled_values(rows[0])), settled)


def copy_all_in(rows: Sequence[Base]) -> None:
    """Write new rows of several tables by COPY, table by table in the order in which the rows name them first."""
    by_table: dict[type[Base], list[Base]] = {}
    for row in rows:
        by_table.setdefault(type(row), []).append(row)
    for its in by_table.values():
        copy_in(its)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows of plain values by COPY, in this transaction."""
    with _copying(table, columns) as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def _copying(table: str, columns: Sequence[str]) -> Iterator[psycopg.Copy]:
    connection: psycopg.Connection[Any] = db.session.connection().connection.driver_connection  # type: ignore[assignment]
    with connection.cursor() as cursor, cursor.copy(_copy_statement(table, tuple(columns))) as copy:
        yield copy


@lru_cache(maxsize=64)
def _copy_statement(table: str, columns: tuple[str, ...]) -> bytes:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names).as_bytes()


def settled_values(row: Base) -> dict[str, Any]:
    """What a new row holds, by column, for statements that write it past the mapper; defaults are filled in."""
    return {
        column.name: _settled(row, key, column)
        for key, column in inspect(type(row)).columns.items()
        if column.computed is None
    }


def _settled(row: Base, key: str, column: Column[Any]) -> Any:
    value = getattr(row, key)
    if value is None and isinstance(column.default, ColumnDefault):
        value = column.default.arg(None) if column.default.is_callable else column.default.arg
        setattr(row, key, value)
    return value


@contextmanager
def limited(**settings: str) -> Iterator[None]:
    """Let statements run under settings of PostgreSQL of their own; afterwards those from before hold again.

    All within is one savepoint: where a statement fails, such as by `statement_timeout`, nothing of it stays.
    """
    with db.session.begin_nested():
        before = _set(settings)
        yield
        _set(before)


def _set(settings: dict[str, str]) -> dict[str, str]:
    """Returns what they were."""
    were = [func.current_setting(name) for name in settings]
    now = [func.set_config(name, value, True) for name, value in settings.items()]
    found = db.session.execute(select(*were, *now)).one()
    return dict(zip(settings, found, strict=False))


SIGNED = """
    SELECT set_config('app.actor_id', :signed_actor, true), set_config('app.correlation_id', :signed_correlation, true)
"""
"""What tells PostgreSQL who writes and for which request, with the values of `signature`."""


def signature(session: Session) -> dict[str, str]:
    """Who writes in the present transaction, for a statement that has `SIGNED` as its own first part."""
    session.info["signed"] = True
    actor_id = g.get("actor_id")
    return {"signed_actor": str(actor_id) if actor_id else "", "signed_correlation": correlation_id.get()}


def sign_writes(session: Session) -> None:
    """Tell PostgreSQL who writes and for which request, once per writing transaction.

    Called by itself before a flush or an ORM bulk statement; call it before raw SQL that writes.
    """
    if not session.info.get("signed"):
        session.execute(text(SIGNED), signature(session))


@event.listens_for(Pool, "checkout")
def _leave_what_ended(connection: psycopg.Connection[Any], _record: Any, _proxy: Any) -> None:
    """Take no connection that PostgreSQL has ended meanwhile, such as by a restart: its farewell lies there to be read.

    Read once for what it says and once for its end, which costs nothing where there is nothing, and no round trip.
    """
    try:
        connection.pgconn.consume_input()
        connection.pgconn.consume_input()
    except psycopg.OperationalError as error:
        raise InvalidatePoolError from error


@event.listens_for(Session, "before_flush")
def _sign_flush(session: Session, _context: Any, _instances: Any) -> None:
    sign_writes(session)


@event.listens_for(Session, "do_orm_execute")
def _sign_bulk(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        sign_writes(state.session)


@event.listens_for(Session, "after_commit")
def _run_hooks(session: Session) -> None:
    session.info.pop("signed", None)
    for hook in session.info.pop("after_commit", []):
        hook()


@event.listens_for(Session, "after_rollback")
def _drop_hooks(session: Session) -> None:
    session.info.pop("signed", None)
    session.info.pop("after_commit", None)
