"""Templates: made, written anew version by version, put away."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, is_storable
from app.core.errors import Conflict, Invalid, NotFound
from app.engine.events import actions as events
from app.people.models import Person
from app.reach.channels.base import CHANNELS
from app.reach.messages import contents, languages, queries
from app.reach.messages.models import MessageType, Template, TemplateVersion

LONGEST_NAME = 120
LONGEST_COMMENT = 200


@dataclass(frozen=True)
class TemplateDetails:
    """What a template is called, and of which type it is."""

    name: str
    message_type_id: UUID


class WrittenMeanwhile(Conflict):
    """Somebody else wrote other words in the same places. `newest` is theirs, `merged` holds both, yours first."""

    title = "Somebody else saved other words meanwhile"

    def __init__(self, newest: TemplateVersion, merged: contents.Sheets, collisions: list[contents.Collision]):
        conflicts = [{"label": place_label(one.place), "yours": one.yours, "theirs": one.theirs} for one in collisions]
        who = db.session.scalar(select(Person.name).where(Person.person_id == newest.written_by)) or "Somebody"
        super().__init__(f"{who} saved version {newest.number} while you were writing.", conflicts=conflicts)
        self.newest, self.merged = newest, merged


def place_label(place: contents.Place) -> str:
    """Where a text stands, in words."""
    channel, locale, key = place
    found = CHANNELS.get(channel)
    part = next((one.label for one in found.parts if one.key == key), key) if found else key
    return f"{found.label if found else channel}, {languages.label(locale)}, {part}"


def create_template(details: TemplateDetails, written: Any, *, actor: Actor, comment: str = "") -> Template:
    """Write a template; its first words are version 1. Raises: Invalid, by field or place."""
    template = Template(created_by=actor.id)
    texts = _checked(template, details, written)
    db.session.add(template)
    db.session.flush()
    _publish(template, texts, 1, comment, actor)
    return template


def describe_template(template: Template, details: TemplateDetails, *, actor: Actor) -> None:
    """Call it something else, or let it be of another type. Raises: Invalid, by field."""
    before = (template.name, template.message_type_id)
    if errors := _describe(template, details):
        raise Invalid(errors=errors)
    if before != (template.name, template.message_type_id):
        db.session.flush()
        events.emit("template.renamed", actor=actor, subject_id=template.template_id, name=template.name)


def write_version(
    template: Template, written: Any, *, actor: Actor, base: int | None = None, comment: str = ""
) -> TemplateVersion:
    """Keep other words as the next version; the same words again make none.

    `base` is the version that was changed. What others wrote since then in other places stays; without it theirs
    is replaced. Raises: Invalid, by place; WrittenMeanwhile when both changed the same text.
    """
    texts = contents.clean(written)
    _lock(template)
    newest = queries.newest_version(template.template_id)
    if base is not None and base != newest.number:
        before = queries.get_version(template.template_id, base)
        texts, collisions = contents.merge(before.contents, texts, newest.contents)
        if collisions:
            raise WrittenMeanwhile(newest, texts, collisions)
    if texts == newest.contents:
        return newest
    return _publish(template, texts, newest.number + 1, comment, actor)


def restore_version(template: Template, number: int, *, actor: Actor) -> TemplateVersion:
    """Let words of before hold again, as a new version. Raises: NotFound; Conflict when they hold already."""
    _lock(template)
    old, newest = queries.get_version(template.template_id, number), queries.newest_version(template.template_id)
    if old.contents == newest.contents:
        raise Conflict(f"These are the words of version {newest.number}, which holds now.")
    return _publish(template, old.contents, newest.number + 1, f"As version {number}", actor)


def archive_template(template: Template, *, actor: Actor) -> None:
    """Put it away: it is not offered any more, and stays readable with all its versions."""
    if template.archived_at is None:
        template.archived_at = now()
        db.session.flush()
        events.emit("template.archived", actor=actor, subject_id=template.template_id, name=template.name)


def bring_back_template(template: Template, *, actor: Actor) -> None:
    """Offer it again."""
    if template.archived_at is not None:
        template.archived_at = None
        db.session.flush()
        events.emit("template.brought_back", actor=actor, subject_id=template.template_id, name=template.name)


def _checked(template: Template, details: TemplateDetails, written: Any) -> contents.Sheets:
    """Both what it is called and its words; all that is wrong is said at once. Raises: Invalid."""
    errors = _describe(template, details)
    texts: contents.Sheets = {}
    try:
        texts = contents.clean(written)
    except Invalid as refusal:
        errors |= refusal.errors
    if errors:
        raise Invalid(errors=errors)
    return texts


def _describe(template: Template, details: TemplateDetails) -> dict[str, list[str]]:
    """Returns what is wrong, by field."""
    errors: dict[str, list[str]] = {}
    name = " ".join(details.name.split())
    if not name or len(name) > LONGEST_NAME or not is_storable(name):
        errors["name"] = [f"Enter a name of at most {LONGEST_NAME} characters."]
    with db.session.no_autoflush:
        kind = db.session.get(MessageType, details.message_type_id)
    if kind is None or (kind.archived_at is not None and kind.message_type_id != template.message_type_id):
        errors["message_type_id"] = ["Choose a message type from the list."]
    if not errors:
        template.name, template.message_type_id = name, details.message_type_id
    return errors


def _lock(template: Template) -> None:
    """Let one after another write. Raises: NotFound."""
    query = select(Template).where(Template.template_id == template.template_id)
    if db.session.scalar(query.with_for_update().execution_options(populate_existing=True)) is None:
        raise NotFound


def _publish(template: Template, texts: contents.Sheets, number: int, comment: str, actor: Actor) -> TemplateVersion:
    comment = " ".join(comment.split())
    if len(comment) > LONGEST_COMMENT or not is_storable(comment):
        raise Invalid(errors={"comment": [f"Use at most {LONGEST_COMMENT} characters."]})
    made = TemplateVersion(
        template_id=template.template_id, number=number, contents=texts, comment=comment, written_by=actor.id
    )
    db.session.add(made)
    flag_modified(template, "name")  # whoever read the template before has an old version of it
    db.session.flush()
    events.emit("template.published", actor=actor, subject_id=template.template_id, name=template.name, number=number)
    return made
