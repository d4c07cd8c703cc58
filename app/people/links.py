"""What the rows of an import link customers to: the companies they work for, their tags, and notes about them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from app.core.access import Actor
from app.core.db import db
from app.engine.imports.cells import BadCell
from app.engine.notes import actions as noting
from app.engine.notes import queries as notes
from app.engine.notes.actions import LONGEST_NOTE
from app.engine.tags import actions as tagging
from app.engine.tags import queries as tags
from app.people import details, employers
from app.people.models import Person

MOST_TAGS = 20


def read_tags(text: str) -> list[str]:
    """The tags of a cell, with commas or semicolons between them. Raises: BadCell; Invalid."""
    names = [details.plain_text(part, len(text)) for part in text.replace(";", ",").split(",")]
    named = list(dict.fromkeys(tagging.clean_name(name) for name in names if name))
    if len(named) > MOST_TAGS:
        raise BadCell(f"A row has at most {MOST_TAGS} tags.")
    return named


def read_note(said: str, also: str) -> str:
    """What a row says that has no field, as one note. Raises: Invalid."""
    return details.plain_text("\n\n".join(filter(None, (said, also))).replace("\r\n", "\n"), LONGEST_NOTE)


class Links:
    """The companies, tags and notes of one step's rows, made where they are missing, and who already has which."""

    def __init__(self, rows: Sequence[dict[str, Any]], known: Collection[UUID], actor: Actor):
        companies = {values["company"] for values in rows if values["company"]}
        self.new_companies = companies - employers.find_all(companies).keys()
        self.companies = employers.find_or_add_all(companies, actor=actor)
        named = {name for values in rows for name in values["tags"]}
        self.tags = {name: tag.tag_id for name, tag in tagging.make_tags(named).items()}
        self.tagged = tags.pairs_on("customer", known) if named else set()
        self.missing: set[tuple[UUID, UUID]] = set()
        bodies = {values["note"] for values in rows if values["note"]}
        self.noted = notes.who_has("customer", known, bodies) if bodies else set()
        self.new_notes: list[tuple[UUID, str]] = []
        self.actor = actor

    def add(self, person_id: UUID, values: Mapping[str, Any]) -> list[str]:
        """Remember to tag a customer and to note what a row says of them; returns what of it is new."""
        is_tagged, is_noted = self.tag(person_id, values["tags"]), self.note(person_id, values["note"])
        return [what for what, is_new in (("tags", is_tagged), ("note", is_noted)) if is_new]

    def note(self, person_id: UUID, body: str) -> bool:
        """Remember to note something about a customer; False when it says nothing, or is noted already."""
        if not body or (person_id, body) in self.noted:
            return False
        self.noted.add((person_id, body))
        self.new_notes.append((person_id, body))
        return True

    def tag(self, person_id: UUID, names: Sequence[str]) -> bool:
        """Remember to tag a customer; False when they have all of these tags."""
        missing = {(person_id, self.tags[name]) for name in names} - self.tagged - self.missing
        self.missing |= missing
        return bool(missing)

    def said_new(self, company: str) -> str:
        """What the report says of a row whose company was not there."""
        return f"new company {company}" if company in self.new_companies else ""

    def write(self) -> None:
        """Tag the customers, who must be there by now, and note what was said of them."""
        if self.new_notes:
            author = db.session.get(Person, self.actor.id) if self.actor.id else None
            name = author.name if author else "Import"
            noting.add_many("customer", self.new_notes, actor=self.actor, author_name=name)
        tagging.link("customer", self.missing, actor=self.actor)
