"""Finding message types, templates and their versions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, true

from app.core import metrics
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.people.models import Person
from app.reach.messages.models import MessageType, Template, TemplateVersion

TYPE_ORDERS = {"name": Order((MessageType.name, MessageType.message_type_id), "Name")}
ORDERS = {
    "name": Order((Template.name, Template.template_id), "Name"),
    "created": Order((Template.created_at, Template.template_id), "Made", descending=True),
}
VERSION_ORDERS = {"number": Order((TemplateVersion.number,), "Number", descending=True)}


@dataclass(frozen=True)
class TemplateRow:
    """A template as a list shows it: with its type, and its newest version."""

    template: Template
    type_name: str
    purpose: str
    number: int
    written_at: datetime
    written_by: str | None
    contents: Mapping[str, Mapping[str, Any]]

    @property
    def version(self) -> int:
        """How often the template's row was written: what a program's If-Match names."""
        return self.template.version

    @property
    def channels(self) -> list[str]:
        """The channels it has words for."""
        return list(self.contents)

    @property
    def locales(self) -> list[str]:
        """The languages it has words in."""
        return sorted({locale for sheets in self.contents.values() for locale in sheets})


@dataclass(frozen=True)
class VersionRow:
    """A version, and who wrote it."""

    version: TemplateVersion
    written_by: str | None


def list_types(*, with_archived: bool = False) -> Sequence[MessageType]:
    """All types by name: a shop has a handful."""
    query = select(MessageType).order_by(MessageType.name, MessageType.message_type_id)
    return db.session.scalars(query if with_archived else query.where(MessageType.archived_at.is_(None))).all()


def page_of_types(*, is_archived: bool = False, cursor: str = "", size: int = 25) -> Page[MessageType]:
    """Types by pages."""
    here = MessageType.archived_at.is_not(None) if is_archived else MessageType.archived_at.is_(None)
    query = select(MessageType).where(here)
    return keyset(query, orders=TYPE_ORDERS, sort="name", cursor=cursor, size=size).scalars()


def get_type(message_type_id: UUID) -> MessageType:
    """One type, also one that was put away. Raises: NotFound."""
    found = db.session.get(MessageType, message_type_id)
    if found is None:
        raise NotFound
    return found


def count_templates() -> dict[UUID, int]:
    """How many templates each type has, those that were put away among them."""
    counts = select(Template.message_type_id, func.count()).group_by(Template.message_type_id)
    return dict(db.session.execute(counts).tuples().all())


def page_of_templates(
    *,
    words: str = "",
    message_type_id: UUID | None = None,
    is_archived: bool = False,
    sort: str = "name",
    cursor: str = "",
    size: int = 25,
) -> Page[TemplateRow]:
    """Templates by pages, with `words` those that have them in their name."""
    query = _rows().where(Template.archived_at.is_not(None) if is_archived else Template.archived_at.is_(None))
    if words:
        query = query.where(func.strpos(func.fold(Template.name), func.fold(words)) > 0)
    if message_type_id is not None:
        query = query.where(Template.message_type_id == message_type_id)
    page = keyset(query, orders=ORDERS, sort=sort, cursor=cursor, size=size)
    return Page([TemplateRow(*row) for row in page.rows], page.next, page.previous, page.size, page.sort)


def get_row(template_id: UUID) -> TemplateRow:
    """One template as a list shows it. Raises: NotFound."""
    found = db.session.execute(_rows().where(Template.template_id == template_id)).first()
    if found is None:
        raise NotFound
    return TemplateRow(*found)


def _rows() -> Select[Any]:
    newest = (
        select(TemplateVersion)
        .where(TemplateVersion.template_id == Template.template_id)
        .order_by(TemplateVersion.number.desc())
        .limit(1)
        .lateral("newest")
    )
    shown = (Template, MessageType.name, MessageType.purpose, newest.c.number, newest.c.written_at)
    return (
        select(*shown, Person.name, newest.c.contents)
        .join(MessageType, MessageType.message_type_id == Template.message_type_id)
        .join(newest, true())
        .outerjoin(Person, Person.person_id == newest.c.written_by)
    )


def get_template(template_id: UUID) -> Template:
    """One template, also one that was put away. Raises: NotFound."""
    found = db.session.get(Template, template_id)
    if found is None:
        raise NotFound
    return found


def newest_version(template_id: UUID) -> TemplateVersion:
    """The words of a template as they are now. Raises: NotFound."""
    query = select(TemplateVersion).where(TemplateVersion.template_id == template_id)
    found = db.session.scalar(query.order_by(TemplateVersion.number.desc()).limit(1))
    if found is None:
        raise NotFound
    return found


def is_open(template_id: UUID) -> bool:
    """True for a template that is there and not archived."""
    there = select(Template.template_id).where(Template.template_id == template_id, Template.archived_at.is_(None))
    return db.session.scalar(there) is not None


def get_version(template_id: UUID, number: int) -> TemplateVersion:
    """The words of a template as they were. Raises: NotFound."""
    asked = (TemplateVersion.template_id == template_id, TemplateVersion.number == number)
    found = db.session.scalar(select(TemplateVersion).where(*asked))
    if found is None:
        raise NotFound
    return found


def get_version_by_id(version_id: UUID) -> TemplateVersion:
    """One version. Raises: NotFound."""
    found = db.session.get(TemplateVersion, version_id)
    if found is None:
        raise NotFound
    return found


def page_of_versions(template_id: UUID, *, cursor: str = "", size: int = 25) -> Page[VersionRow]:
    """The versions of a template, the newest first."""
    with_author: Select[*tuple[Any, ...]] = select(TemplateVersion, Person.name)
    query = with_author.outerjoin(Person, Person.person_id == TemplateVersion.written_by)
    query = query.where(TemplateVersion.template_id == template_id)
    page = keyset(
        query, orders=VERSION_ORDERS, sort="number", cursor=cursor, size=size, key=lambda row: (row[0].number,)
    )
    return Page([VersionRow(*row) for row in page.rows], page.next, page.previous, page.size, page.sort)


@metrics.collector
def _how_many() -> Iterable[tuple[str, str, dict[str, str], float]]:
    counts = select(MessageType.purpose, func.count(Template.template_id))
    counts = counts.outerjoin(Template, Template.message_type_id == MessageType.message_type_id)
    for purpose, number in db.session.execute(counts.group_by(MessageType.purpose)):
        yield "rapport_reach_templates", "Templates of messages", {"purpose": purpose}, number
