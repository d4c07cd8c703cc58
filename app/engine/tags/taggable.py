"""Letting records of a kind be tagged: chips on their page, a column of their list, a field of their filter."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import BindParameter, Select, Uuid, cast, literal, select

from app.core.access import Actor
from app.core.db import one_of
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.engine.filters.fields import Entity, Field
from app.engine.records import pages
from app.engine.records.kinds import KINDS, RecordKind
from app.engine.tags import bulk, queries
from app.engine.tags.models import RecordTag, Tag
from app.engine.views.columns import LISTS, Chip, Column, Related, add_action, add_columns

FIELD = "tags"


def add_kind(kind: RecordKind, entity: Entity) -> None:
    """Let records of a kind be tagged; `entity` is what filters of its list are about. Add its list before."""
    told = {"tag": str}
    catalogue.declare(
        EventType(f"{kind.key}.tagged", "Tagged", told, about=kind.key),
        EventType(f"{kind.key}.untagged", "Tag removed", told, about=kind.key),
    )
    chips = pages.Panel("tags", "Tags", kind.read, "tags/_chips.html", rows=_chips, place="head", position=10)
    pages.add_panel(kind.key, chips)
    entity.add_fields(
        Field(
            FIELD,
            "Tags",
            "labels",
            queries.ids_on(kind.key, entity.id),
            queries.choices,
            holders=partial(queries.holders, kind.key),
        )
    )
    add_action(kind.path, bulk.tag_action(kind))
    add_action(kind.path, bulk.untag_action(kind))
    related = Related("tags", partial(_tags_of_rows, kind.key, kind.path))
    add_columns(kind.path, Column(FIELD, "Tags", "chips", partial(_drawn, kind.path), related=related))


def list_address(path: str, tag_id: UUID | str) -> str:
    """The list of a kind, narrowed to what has a tag."""
    return f"{path}?{urlencode({'where': json.dumps({'f': FIELD, 'op': 'in', 'v': [str(tag_id)]})})}"


def _drawn(path: str, found: Any) -> list[Chip]:
    return [Chip(tag["name"], tag["colour"], list_address(path, tag["id"])) for tag in found["tags"]]


def _tags_of_rows(kind: str, path: str, _actor: Actor, rows: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    """The tags of a page's rows, by name; rows without any are left out."""
    return (
        select(RecordTag.record_id.label("id"), queries.chips().label("tags"))
        .join(Tag, Tag.tag_id == RecordTag.tag_id)
        .where(RecordTag.record_kind == kind, one_of(RecordTag.record_id, map(LISTS[path].id_of, rows)))
        .group_by(RecordTag.record_id)
    )


def _chips(actor: Actor, kind: str, record_id: BindParameter[UUID]) -> Select[*tuple[Any, ...]]:
    """One row: the tags, and what the page needs to add and remove them."""
    of_kind = KINDS[kind]
    return select(
        literal(kind).label("kind"),
        literal(of_kind.path).label("path"),
        literal(actor.can(of_kind.edit)).label("can_edit"),
        cast(record_id, Uuid).label("record_id"),
        queries.chips_on(kind, record_id).label("tags"),
    )
