"""What the rows of an import link customers to: the companies they work for, and their tags."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from app.core.access import Actor
from app.engine.imports.cells import BadCell
from app.engine.tags import actions as tagging
from app.engine.tags import queries as tags
from app.people import details, employers

MOST_TAGS = 20


def read_tags(text: str) -> list[str]:
    """The tags of a cell, with commas or semicolons between them. Raises: BadCell; Invalid."""
    names = [details.plain_text(part, len(text)) for part in text.replace(";", ",").split(",")]
    named = list(dict.fromkeys(tagging.clean_name(name) for name in names if name))
    if len(named) > MOST_TAGS:
        raise BadCell(f"A row has at most {MOST_TAGS} tags.")
    return named


class Links:
    """The companies and tags of one step's rows, made where they are missing, and who already has which."""

    def __init__(self, rows: Sequence[dict[str, Any]], known: Collection[UUID], actor: Actor):
        companies = {values["company"] for values in rows if values["company"]}
        self.new_companies = companies - employers.find_all(companies).keys()
        self.companies = employers.find_or_add_all(companies, actor=actor)
        named = {name for values in rows for name in values["tags"]}
        self.tags = {name: tag.tag_id for name, tag in tagging.make_tags(named).items()}
        self.tagged = tags.pairs_on("customer", known) if named else set()
        self.missing: set[tuple[UUID, UUID]] = set()
        self.actor = actor

    def tag(self, person_id: UUID, names: Sequence[str]) -> bool:
        """Remember to tag a customer; False when they have all of these tags."""
        missing = {(person_id, self.tags[name]) for name in names} - self.tagged - self.missing
        self.missing |= missing
        return bool(missing)

    def said_new(self, company: str) -> str:
        """What the report says of a row whose company was not there."""
        return f"new company {company}" if company in self.new_companies else ""

    def write(self) -> None:
        """Tag the customers, who must be there by now."""
        tagging.link("customer", self.missing, actor=self.actor)
