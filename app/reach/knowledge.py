"""What messages say that is put into words for each: own fields, debts, the event, and the way out."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import select

from app.core.db import db, one_of
from app.people.models import Customer
from app.reach import triggers
from app.reach.channels import unsubscribe
from app.reach.messages import facts, owed, own_fields, rendering, versions
from app.reach.messages.placeholders import EVENT, IN_WORDS, SHOP, UNSUBSCRIBE
from app.reach.messages.purposes import consent_purpose
from app.reach.models import Run, TouchTask


def is_asked(keys: Collection[str]) -> bool:
    """Some of these placeholders are of that kind."""
    return UNSUBSCRIBE in keys or any(key.startswith(IN_WORDS) for key in keys)


def of_all(purpose: str) -> dict[str, str]:
    """What is the same for everybody who gets a message for a purpose, by placeholder."""
    said = {SHOP: current_app.extensions["rapport"].workspace}
    return said if consent_purpose(purpose) is not None else said | {UNSUBSCRIBE: ""}


def of_people(chunk: Any, keys: Collection[str], people: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """What there is to say of each, by placeholder; `chunk`: what is sent."""
    known = _in_words(chunk, keys, people) if any(key.startswith(IN_WORDS) for key in keys) else {}
    if UNSUBSCRIBE in keys and consent_purpose(chunk.purpose) is not None:
        for person_id in people:
            way_out = unsubscribe.address_of(person_id, chunk.channel, chunk.purpose, chunk.run_id)
            known.setdefault(person_id, {})[UNSUBSCRIBE] = way_out
    return known


def _in_words(chunk: Any, keys: Collection[str], people: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """Values as each of them writes such, in the language in which they are written to."""
    told = triggers.facts_of(chunk.run_id, people) if any(key.startswith(EVENT) for key in keys) else {}
    debts = owed.of_people(people, _reminded_of(chunk.run_id)) if owed.is_asked(keys) else {}
    written = versions.contents_of(chunk.version_id)[chunk.channel]
    zone = ZoneInfo(current_app.extensions["rapport"].time_zone)
    query = select(Customer.person_id, Customer.locale, Customer.custom).where(one_of(Customer.person_id, people))
    conventions = cache(lambda locale: rendering.conventions(locale, rendering.nearest(locale, written)))
    own, known = own_fields.asked_for(keys), {}
    for person_id, locale, custom in db.session.execute(query).tuples():
        theirs = conventions(locale)
        of_event = facts.words_of(told.get(person_id, {}), theirs, zone)
        known[person_id] = own_fields.words_of(custom, own, theirs) | of_event
        if person_id in debts:
            known[person_id] |= debts[person_id].words(theirs)
    return known


def _reminded_of(run_id: int) -> UUID | None:
    """The invoice that the task of a run is about."""
    its = select(TouchTask.invoice_id).join(Run, Run.task_id == TouchTask.id).where(Run.run_id == run_id)
    return db.session.scalar(its)
