"""Custom fields changed in many records at once."""

from collections.abc import Collection
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import Invalid
from app.engine.bulk.kinds import BulkField, Choices, Work, replace_fields
from app.engine.custom_fields import definitions, storing, values
from app.engine.custom_fields.access import READS_SENSITIVE
from app.engine.custom_fields.definitions import PREFIX, Definition
from app.engine.custom_fields.forms import ANSWERS, NOBODY_KNOWS, typed_value
from app.engine.custom_fields.kinds import KINDS, CustomKind
from app.engine.events import actions as events
from app.engine.views.columns import LISTS

INPUTS = {"date": "date", "link": "url", "long": "lines"}


def tell() -> None:
    """Let lists change in bulk what is defined now, but what must be different for each."""
    for kind in KINDS.values():
        if kind.entity.url in LISTS:
            fields = (_field(kind, one) for one in definitions.of(kind.key) if not one.is_unique)
            replace_fields(kind.entity.url, PREFIX, *fields)


def _field(kind: CustomKind, of: Definition) -> BulkField:
    has_choices = of.type.has_options or of.type_key == "yes"
    return BulkField(
        of.name,
        of.label,
        partial(_read, of),
        partial(_write, kind, of),
        partial(_choices, of) if has_choices else None,
        permission=READS_SENSITIVE if of.is_sensitive else "",
        input_type=INPUTS.get(of.type_key, "text"),
        takes_several=of.type_key == "several",
    )


def _choices(of: Definition, _actor: Actor) -> Choices:
    if of.type_key == "yes":
        return list(ANSWERS)
    offered = [(one.key, one.label) for one in of.offered]
    return offered if of.type_key == "several" else [NOBODY_KNOWS, *offered]


def _read(of: Definition, text: str) -> Any:
    value = typed_value(of, text)
    if value is None and of.is_required:
        raise Invalid("This must be filled in everywhere.")
    return value


def _write(kind: CustomKind, of: Definition, work: Work, value: Any) -> Collection[UUID]:
    """Set it where something else is said, and tell of each record when they are few."""
    held = select(kind.entity.id, kind.model.custom).where(one_of(kind.entity.id, work.ids))
    rows = db.session.execute(held.order_by(kind.entity.id).with_for_update(of=kind.model)).tuples().all()
    changed = [one for one, stored in rows if values.plain(of, one, stored) != value]
    storing.put_each(kind, of.key, {one: None if value is None else values.seal(of, one, value) for one in changed})
    if not work.is_many:
        events.emit_many(f"{kind.key}.updated", [(one, {"fields": [of.name]}) for one in changed], actor=work.actor)
    return changed
