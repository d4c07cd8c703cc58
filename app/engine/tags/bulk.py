"""Tagging many rows of a list at once."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, func, literal, select
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import Invalid
from app.engine.bulk.kinds import BulkAction, Outcome, Work
from app.engine.records.kinds import RecordKind
from app.engine.tags import actions, queries
from app.engine.tags.models import RecordTag


def tag_action(kind: RecordKind) -> BulkAction:
    """Put a tag on many records; it is made when there is none of this name."""

    def run(work: Work) -> Mapping[UUID, Outcome]:
        there = set(kind.find(work.actor, work.ids))
        tag = actions.make_tags([work.args["tag"]])[work.args["tag"]]
        new = there - _having(kind, work, tag.tag_id)
        actions.add_to_many(work.actor, kind.key, _select(new), tag)
        return work.others(new, there)

    return _action(kind, "tag", "Tag", "tag", 30, says=lambda args, rows: f"Tagged {rows}: {args['tag']}", run=run)


def untag_action(kind: RecordKind) -> BulkAction:
    """Take a tag off many records."""

    def run(work: Work) -> Mapping[UUID, Outcome]:
        there = set(kind.find(work.actor, work.ids))
        tag = queries.find_by_names([work.args["tag"]]).get(work.args["tag"])
        had = there & _having(kind, work, tag.tag_id) if tag else set()
        if tag and had:
            actions.remove_from_many(work.actor, kind.key, _select(had), tag)
        return work.others(had, there)

    return _action(kind, "untag", "Untag", "x", 31, says=lambda args, rows: f"Took {args['tag']} off {rows}", run=run)


def _action(kind: RecordKind, key: str, label: str, icon: str, position: int, **does: Any) -> BulkAction:
    return BulkAction(
        key=key,
        label=label,
        icon=icon,
        position=position,
        permission=kind.edit,
        template="tags/_bulk.html",
        offer=_offer,
        asks=lambda _actor: ("tag",),
        read=_read,
        **does,
    )


def _offer(_actor: Actor) -> list[str]:
    """The names of the tags there are."""
    return [name for _key, name in queries.choices()]


def _read(_actor: Actor, typed: MultiDict[str, str]) -> dict[str, Any]:
    try:
        return {"tag": actions.clean_name(typed.get("tag", ""))}
    except Invalid as refusal:
        raise Invalid(errors={"tag": refusal.errors["name"]}) from None


def _having(kind: RecordKind, work: Work, tag_id: UUID) -> set[UUID]:
    query = select(RecordTag.record_id).where(
        RecordTag.tag_id == tag_id, RecordTag.record_kind == kind.key, one_of(RecordTag.record_id, work.ids)
    )
    return set(db.session.scalars(query))


def _select(ids: set[UUID]) -> Any:
    return select(func.unnest(literal(sorted(ids), ARRAY(Uuid))).label("id"))
