"""What can be asked about deals, and about customers by their deals."""

from typing import Any

from sqlalchemy import ColumnElement, DateTime, case, cast, func, literal

from app.deals.access import visible_to
from app.deals.forms import STATE_LABELS
from app.deals.models import Deal
from app.deals.queries import pipelines
from app.engine.filters.fields import Collection, Entity, Field, add_entity, by_key
from app.people.filters import CUSTOMERS
from app.people.queries import list_owners


def add(currency: str, time_zone: str) -> None:
    """Register what can be asked. Sums take only what is worth something in the shop's own currency."""
    value = Field("value", "Value", "money", case((Deal.currency == literal(currency), Deal.value_minor)))
    state = Field("state", "State", "choice", Deal.state, _states)
    stage = Field("stage", "Stage", "identity", Deal.stage_id, _stages)
    owner = Field("owner", "Looked after by", "identity", Deal.owner_id, _owners)
    expected = Field("expected", "Expected to close", "moment", _midnight(Deal.expected_on, time_zone))
    closed = Field("closed", "Closed", "moment", Deal.closed_at)
    reason = Field("reason", "Lost because", "identity", Deal.lost_reason_id, _reasons)
    add_entity(
        Entity(
            "deal",
            "Deals",
            Deal.deal_id,
            Deal.title,
            "/deals",
            permission="deals.read",
            visible=visible_to,
            fields=by_key(
                value,
                stage,
                owner,
                expected,
                Field("next_step_on", "Next step on", "moment", _midnight(Deal.next_step_on, time_zone)),
                Field("has_next_step", "Has a next step", "yes", Deal.next_step != ""),
                Field("since", "In its stage since", "moment", Deal.stage_since),
                Field("created", "Added", "moment", Deal.created_at),
                Field("pipeline", "Pipeline", "identity", Deal.pipeline_id, _pipelines),
                state,
                closed,
                reason,
                Field("title", "Title", "text", Deal.title),
                Field("source", "Came by", "text", Deal.source),
                Field("currency", "Currency", "text", Deal.currency),
            ),
        )
    )
    CUSTOMERS.add_collection(
        Collection(
            "deals",
            "Deals",
            Deal.customer_id,
            Deal.created_at,
            by_key(value, state, stage, owner, expected, closed, reason),
            permission="deals.read",
        )
    )


def _midnight(day: Any, time_zone: str) -> ColumnElement[Any]:
    """The moment at which a day begins in the shop."""
    return func.timezone(time_zone, cast(day, DateTime), type_=DateTime(timezone=True))


def _states() -> list[tuple[str, str]]:
    return [(key, label) for key, label in STATE_LABELS.items() if key != "all"]


def _stages() -> list[tuple[str, str]]:
    ways = pipelines.list_ways(with_archived=True)
    several = len(ways) > 1
    return [
        (str(stage.stage_id), f"{way.pipeline.name}: {stage.name}" if several else stage.name)
        for way in ways
        for stage in way.stages
    ]


def _pipelines() -> list[tuple[str, str]]:
    ways = pipelines.list_ways(with_archived=True)
    return [(str(way.pipeline.pipeline_id), way.pipeline.name) for way in ways]


def _reasons() -> list[tuple[str, str]]:
    return [(str(reason.reason_id), reason.name) for reason in pipelines.list_reasons(with_archived=True)]


def _owners() -> list[tuple[str, str]]:
    return [(str(owner.person_id), owner.name) for owner in list_owners()]
