"""Values of one record: checked, sealed, opened, said in words and masked. Every way in and out leads through here."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from app.core.access import Actor
from app.core.crypto import keyring
from app.core.errors import Invalid
from app.engine.custom_fields import definitions
from app.engine.custom_fields.access import may_read
from app.engine.custom_fields.definitions import PREFIX, Definition
from app.engine.custom_fields.types import as_text

FEWEST_TO_SHOW = 9
MASK = "****"
TAKEN = "uq_custom_unique_value_key"

Stored = Mapping[str, Any]
"""What a record's column `custom` holds: values by key, those of sensitive fields sealed."""


def put(
    kind: str, record_id: UUID, stored: Stored, changes: Mapping[str, Any], *, is_new: bool = False
) -> dict[str, Any]:
    """What the column holds after some changes of plain values by key; None empties a field.

    A new record must have all that is required, and starts with what fields have at first; a known one
    must not lose it. Raises: Invalid, by the fields' names.
    """
    errors: dict[str, list[str]] = {}
    after = dict(stored)
    known = {field.key: field for field in definitions.of(kind)}
    if is_new:
        changes = {key: field.initial for key, field in known.items()} | dict(changes)
    for key, value in changes.items():
        try:
            _put(after, known.get(key), key, record_id, value)
        except Invalid as refusal:
            errors[PREFIX + key] = [str(refusal)]
    if errors:
        raise Invalid(errors=errors)
    return after


def _put(after: dict[str, Any], field: Definition | None, key: str, record_id: UUID, value: Any) -> None:
    if field is None:
        raise Invalid("There is no such field here.")
    if not (is_nothing(value) or (isinstance(value, str) and not value.strip())):
        checked = field.type.check(value, field)
        if key not in after or plain(field, record_id, after) != checked:
            after[key] = seal(field, record_id, checked)
    elif field.is_required:
        raise Invalid("Please fill this in.")
    else:
        after.pop(key, None)


def is_nothing(value: Any) -> bool:
    """No value at all; zero and "no" are values."""
    return value is None or value in ("", [])


def seal(field: Definition, record_id: UUID, value: Any) -> Any:
    """A plain value as it is stored: of a sensitive field its ciphertext, with a blind index to know it again by."""
    if not field.is_sensitive:
        return value
    sealed = keyring.encrypt(as_text(value), _context(field, record_id))
    return {"sealed": base64.b64encode(sealed).decode(), "index": blind_index(field, value)}


def seal_again(kind: str, record_id: UUID, stored: Stored) -> dict[str, Any]:
    """The same values, sealed with the present key and index; those of no known field stay. Raises: CannotDecrypt."""
    return {key: _again(definitions.find(kind, key), record_id, key, value) for key, value in stored.items()}


def _again(field: Definition | None, record_id: UUID, key: str, value: Any) -> Any:
    if field is None or not isinstance(value, dict):
        return value
    sealed = keyring.reseal(base64.b64decode(value["sealed"]), _context(field, record_id))
    said = plain(field, record_id, {key: value})
    return {"sealed": base64.b64encode(sealed).decode(), "index": blind_index(field, said)}


def blind_index(field: Definition, value: Any) -> str:
    """What equal values of a sensitive field have in common, whatever their case."""
    return keyring.blind_index(as_text(value).lower(), f"custom.{field.field_id}").hex()


def plain(field: Definition, record_id: UUID, stored: Stored) -> Any:
    """The plain value of one field, None without any. Raises: CannotDecrypt for one of another record."""
    value = stored.get(field.key)
    if not isinstance(value, dict):
        return value
    return json.loads(keyring.decrypt(base64.b64decode(value["sealed"]), _context(field, record_id)))


def _context(field: Definition, record_id: UUID) -> str:
    return f"custom.{field.field_id}|{record_id}"


def words(field: Definition, record_id: UUID, stored: Stored, *, is_masked: bool = False) -> str:
    """A value as people read it, "" without any."""
    value = plain(field, record_id, stored)
    if value is None:
        return ""
    said = field.type.words(value, field) if is_sound(field, value) else str(value)
    return masked(said) if is_masked and field.is_sensitive else said


def is_sound(field: Definition, value: Any) -> bool:
    """The value is one of the field's type, as all are but those undone from before its type changed."""
    try:
        field.type.check(value, field)
    except Invalid:
        return False
    return True


def masked(said: str) -> str:
    """Enough of a value to know it again, and too little to use it: 138****1234."""
    return f"{said[:3]}{MASK}{said[-4:]}" if len(said) >= FEWEST_TO_SHOW else MASK


def for_actor(actor: Actor, kind: str, record_id: UUID, stored: Stored) -> dict[str, Any]:
    """All fields with their plain values by key, those masked that this actor may not read."""
    shown: dict[str, Any] = {}
    for field in definitions.of(kind):
        may_see = may_read(actor, is_sensitive=field.is_sensitive)
        is_there = field.key in stored
        shown[field.key] = (
            plain(field, record_id, stored)
            if may_see or not is_there
            else words(field, record_id, stored, is_masked=True)
        )
    return shown


def by_name(kind: str, record_id: UUID, stored: Stored, name: str) -> Any:
    """The plain value behind a name such as "custom.size", None without any."""
    field = definitions.find(kind, name.removeprefix(PREFIX))
    return plain(field, record_id, stored) if field else None


def value_of(kind: str, record: Any, record_id: UUID, name: str) -> Any:
    """What a record has under a name: an attribute, or a custom field as "custom.size"."""
    return by_name(kind, record_id, record.custom, name) if name.startswith(PREFIX) else getattr(record, name)


def write(kind: str, record: Any, record_id: UUID, changed: Mapping[str, Any], *, is_new: bool = False) -> None:
    """Set a record's attributes and custom fields by their names. Raises: Invalid."""
    for name, value in changed.items():
        if not name.startswith(PREFIX):
            setattr(record, name, value)
    custom = by_key(changed)
    if custom or is_new:
        record.custom = put(kind, record_id, record.custom or {}, custom, is_new=is_new)


def gained(kind: str, record_id: UUID, other_id: UUID, stored: Stored, others: Stored) -> dict[str, Any]:
    """What a record says after taking over from another one what it does not know itself; unique values stay there."""
    missing = (field for field in definitions.of(kind) if field.key in others and field.key not in stored)
    return put(kind, record_id, stored, {one.key: plain(one, other_id, others) for one in missing if not one.is_unique})


def by_key(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some changes by name that are about custom fields, by key."""
    return {name.removeprefix(PREFIX): value for name, value in changes.items() if name.startswith(PREFIX)}


def label_of(kind: str, name: str) -> str:
    """What people call the field of a name such as "custom.size"."""
    field = definitions.find(kind, name.removeprefix(PREFIX))
    return field.label if field else name


def in_words(kind: str, name: str, value: Any) -> str:
    """A plain value of the field of a name; a sensitive one masked."""
    field = definitions.find(kind, name.removeprefix(PREFIX))
    if field is None or value is None or not is_sound(field, value):
        return ""
    said = field.type.words(value, field)
    return masked(said) if field.is_sensitive else said


def taken(kind: str, refusal: IntegrityError) -> Invalid | None:
    """What a refused write means when a unique value belongs to another record already; None when it means else."""
    diagnostic = getattr(refusal.orig, "diag", None)
    if diagnostic is None or diagnostic.constraint_name != TAKEN:
        return None
    detail = diagnostic.message_detail or ""
    field = next((one for one in definitions.of(kind) if str(one.field_id) in detail), None)
    name = field.name if field else PREFIX
    return Invalid(errors={name: [f"Another {kind} has this already. It must be different for each."]})
