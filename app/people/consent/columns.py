"""What the list of customers shows of consent, and what filters ask about it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func

from app.core.access import Actor
from app.engine.filters.fields import Field
from app.engine.views.columns import Column, Related
from app.people.consent import purposes, queries
from app.people.consent.models import GRANTED
from app.people.consent.purposes import Channel, Purpose


def fields() -> list[Field]:
    """For each channel and purpose, whether somebody may be written to."""
    return [_field(channel, purpose) for channel, purpose in purposes.pairs()]


def _field(channel: Channel, purpose: Purpose) -> Field:
    held = queries.standing(channel.key, purpose.key)
    return Field(
        f"may_{channel.key}_{purpose.key}",
        f"May be written to {channel.by} for {purpose.label}",
        "yes",
        func.coalesce(held.c.state == GRANTED, False),
        group="Consent",
        joined=held,
    )


def columns() -> list[Column]:
    """For each purpose, by which channels somebody agreed to it."""
    return [_column(purpose) for purpose in purposes.asked_for()]


def _column(purpose: Purpose) -> Column:
    def related(_actor: Actor, customers: Sequence[Any]) -> Select[*tuple[Any, ...]]:
        return queries.agreed([customer.person_id for customer in customers], purpose.key)

    return Column(
        f"consent_{purpose.key}",
        f"Agreed to {purpose.label}",
        "text",
        _channels,
        related=Related(f"consent_{purpose.key}", related),
    )


def _channels(found: Any) -> str:
    return ", ".join(one.label for one in purposes.CHANNELS.values() if one.key in found["channels"])
