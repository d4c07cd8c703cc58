"""By which ways somebody wants to hear of each topic."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.engine.notices.models import NoticeChoice
from app.engine.notices.topics import TOPICS, WAYS, Topic


@dataclass(frozen=True)
class Choice:
    """One topic, and the ways that somebody hears of it."""

    topic: Topic
    ways: frozenset[str]


def list_choices(person_id: UUID) -> list[Choice]:
    """What a person chose, topic by topic; the usual where they did not."""
    chosen = {
        one.topic: one for one in db.session.scalars(select(NoticeChoice).where(NoticeChoice.person_id == person_id))
    }
    topics = sorted(TOPICS.values(), key=lambda topic: topic.label)
    return [Choice(topic, _ways(chosen[topic.key]) if topic.key in chosen else topic.usual) for topic in topics]


def get_choice(person_id: UUID, topic: str) -> Choice:
    """What a person chose for one topic. Raises: NotFound."""
    found = next((one for one in list_choices(person_id) if one.topic.key == topic), None)
    if found is None:
        raise NotFound
    return found


def choose(person_id: UUID, wanted: Mapping[str, frozenset[str]]) -> None:
    """Keep the ways of topics. Shape of `wanted`: topic -> ways. Raises: Invalid for what there is not."""
    unknown = sorted(wanted.keys() - TOPICS.keys()) + sorted(frozenset().union(*wanted.values()) - WAYS.keys())
    if unknown:
        raise Invalid(errors={"ways": [f"Not there: {', '.join(unknown)}."]})
    if wanted:
        rows = [
            {"person_id": person_id, "topic": topic, **{way: way in ways for way in WAYS}}
            for topic, ways in wanted.items()
        ]
        statement = insert(NoticeChoice).values(rows)
        kept = {way: statement.excluded[way] for way in WAYS}
        db.session.execute(statement.on_conflict_do_update(index_elements=["person_id", "topic"], set_=kept))


def _ways(row: NoticeChoice) -> frozenset[str]:
    return frozenset(way for way in WAYS if getattr(row, way))
