"""The rows of an export, and the exports one made."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.core import access
from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import NotFound
from app.core.money import to_decimal
from app.engine.exports.files import Cell
from app.engine.exports.models import Export, ExportChunk
from app.engine.exports.offers import right_of
from app.engine.views.columns import LISTS, Column, Layout, read_layout

AT_ONCE = 1_000


def get_export(actor: Actor, export_id: UUID) -> Export:
    """One's own export. Raises: NotFound."""
    found = db.session.scalar(select(Export).where(Export.export_id == export_id, Export.actor_id == actor.id))
    if found is None or not _covers(actor, found):
        raise NotFound
    return found


def _covers(actor: Actor, export: Export) -> bool:
    """A key may not see what somebody with more rights than it has let be written."""
    return actor.api_key_id is None or all(actor.can(right) for right in export.asked_by["grants"])


def list_exports(actor: Actor) -> Sequence[Export]:
    """One's own of the last day, the latest first."""
    query = select(Export).where(Export.actor_id == actor.id).order_by(Export.created_at.desc()).limit(50)
    return [one for one in db.session.scalars(query) if _covers(actor, one)]


def read_file(actor: Actor, export: Export) -> Iterator[bytes]:
    """The file in pieces; between two of them nothing is held, however slowly somebody reads.

    Raises: NotAllowed without the right to export its list; NotFound before it is made.
    """
    access.require(actor, right_of(LISTS[export.list_path]))
    if export.state != "done":
        raise NotFound
    return _pieces(export.export_id)


def _pieces(export_id: UUID) -> Iterator[bytes]:
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - outlives the request

    def pieces() -> Iterator[bytes]:
        position = 0
        while True:
            with app.app_context():
                piece = _find_chunk(export_id, position)
            if piece is None:
                return
            position += 1
            yield piece

    return pieces()


def _find_chunk(export_id: UUID, position: int) -> bytes | None:
    query = select(ExportChunk.content).where(ExportChunk.export_id == export_id, ExportChunk.position == position)
    return db.session.scalar(query)


def layout_of(path: str, query: str, actor: Actor, *, all_columns: bool = False) -> Layout:
    """How the list of an address is laid out; with all its columns, where that is asked for."""
    layout = read_layout(path, MultiDict(parse_qsl(query)), actor)
    return replace(layout, columns=LISTS[path].columns_for(actor)) if all_columns else layout


def read_rows(export: Export, actor: Actor) -> Iterator[list[Cell]]:
    """The head, then the rows, as they come from a cursor of the server: never more than some at once."""
    listing = LISTS[export.list_path]
    values = MultiDict(parse_qsl(export.query))
    known = {one.key: one for one in listing.columns_for(actor)}
    columns = [known[key] for key in export.columns if key in known]
    layout = replace(read_layout(export.list_path, values, actor), columns=columns, group=None)
    zone = ZoneInfo(current_app.extensions["rapport"].time_zone)
    yield [head for one in columns for head in _heads(one)]
    assert listing.rows is not None
    query = listing.rows(actor, values)
    if export.ids:
        query = query.where(one_of(listing.id_column, [UUID(one) for one in export.ids]))
    found = db.session.execute(query.execution_options(yield_per=AT_ONCE))
    for some in found.partitions():
        rows = listing.rows_of(actor, some)
        for line in layout.read(actor, rows):
            yield [cell for one, value in zip(columns, line, strict=True) for cell in _cells(one, value, zone)]


def _heads(column: Column) -> list[str]:
    return [column.label, f"{column.label}, currency"] if column.draws == "money" else [column.label]


def _cells(column: Column, value: Any, zone: ZoneInfo) -> list[Cell]:
    """A value as a program reads it: amounts beside their currency, times as people here know them."""
    if column.draws == "money":
        return [to_decimal(value[0], value[1]), value[1]] if value and value[0] is not None else [None, None]
    return [None if value is None else _text(column, value, zone)]


def _text(column: Column, value: Any, zone: ZoneInfo) -> Cell:
    if column.draws in ("person", "title", "label"):
        return str(value.name)
    if column.draws in ("link", "state"):
        return str(value[0])
    if column.draws == "chips":
        return ", ".join(one.name for one in value)
    if isinstance(value, datetime):
        local = value.astimezone(zone)
        return local.date().isoformat() if column.draws == "day" else f"{local:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, int | Decimal) and not isinstance(value, bool) else str(value)
