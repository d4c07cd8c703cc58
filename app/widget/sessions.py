"""Which browser speaks for whom: a random secret in the frame's own storage, its hash here.

It comes in a header, never in an address and never as a cookie, so no other page can make a browser send it.
"""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text, update

from app.accounts import sign_ins
from app.core.access import PERMISSIONS, Actor
from app.core.clock import now
from app.core.db import db
from app.core.redis import publish_after_commit
from app.widget.models import WidgetSession

SCHEME = "Visitor "
LONGEST_TOKEN = 100
LIVES = {
    "none": timedelta(days=90),
    "signed": timedelta(hours=12),
    "code": timedelta(days=30),
    "link": timedelta(days=30),
}
BY_TOKENS = text(
    f"""
    SELECT s.token_hash, {sign_ins.ACTOR_COLUMNS}
    FROM {sign_ins.ACTOR_TABLES} JOIN widget_sessions s USING (person_id)
    WHERE s.token_hash = ANY(:token_hashes) AND s.ended_at IS NULL AND s.expires_at > now() AND {sign_ins.IS_ACTIVE}
    """  # noqa: S608 - made of constants
)


def start(widget_id: UUID, person_id: UUID, proof: str) -> str:
    """Let a browser speak for a person from now on. Returns the secret it keeps."""
    token = secrets.token_urlsafe(32)
    session = WidgetSession(
        token_hash=sign_ins.hash_of(token),
        widget_id=widget_id,
        person_id=person_id,
        proof=proof,
        expires_at=now() + LIVES[proof],
    )
    db.session.add(session)
    db.session.flush()
    return token


def load(header: str) -> Actor | None:
    """Who sends this `Authorization` header; None for nobody."""
    token = header.removeprefix(SCHEME)
    if token == header or not 0 < len(token) <= LONGEST_TOKEN:
        return None
    return still_live([token]).get(token)


def still_live(tokens: Iterable[str]) -> dict[str, Actor]:
    """Which of these secrets still speak for somebody, with today's rights behind each; one statement."""
    by_hash = {sign_ins.hash_of(token): token for token in tokens}
    rows = db.session.execute(BY_TOKENS, {"token_hashes": list(by_hash)})
    return {by_hash[row.token_hash]: _actor_of(sign_ins.facts_of(row), by_hash[row.token_hash]) for row in rows}


def _actor_of(facts: dict[str, object], token: str) -> Actor:
    """A customer who comes through a widget may do there what visitors may, and nothing else of theirs."""
    actor = sign_ins.actor_of(facts, token)
    grants = {key: scope for key, scope in actor.grants.items() if PERMISSIONS[key].visitor}
    return Actor(
        id=actor.id,
        kind=actor.kind,
        role=actor.role,
        name=actor.name,
        email=actor.email,
        grants=grants,
        session_id=token,
        time_zone=actor.time_zone,
    )


def end(*where: object) -> None:
    """Let sessions speak for nobody any more; their streams end at once."""
    ended = update(WidgetSession).where(*where, WidgetSession.ended_at.is_(None))  # type: ignore[arg-type]
    db.session.execute(ended.values(ended_at=now()))
    publish_after_commit(sign_ins.CHANGED, "")
