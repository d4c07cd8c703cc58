"""Sign-ins: server-side sessions, kept in PostgreSQL and remembered for a minute in Redis.

Forgetting a sign-in leaves an empty mark in Redis for some seconds, so that a process which
read the old state just before cannot remember it again afterwards.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import session
from redis import Redis
from sqlalchemy import event, select, text, update
from sqlalchemy.orm import Session

from app.accounts.models import SignIn
from app.core.access import Actor, grants_of
from app.core.clock import now
from app.core.db import after_commit, db
from app.core.redis import publish_after_commit, read, redis
from app.people.models import Customer, Employee

REMEMBERED_SECONDS = 60
MARKED_SECONDS = 10
CHANGED = "rapport:sign-ins"
RIGHTS = "rapport:rights"
IDLE_DAYS = 14
LONGEST_DAYS = 90


class Met:
    """Who was let in by this process before, by the hash of what let them in; it may be live no more."""

    MOST = 10_000

    def __init__(self) -> None:
        self._known: dict[bytes, UUID] = {}

    def find(self, secret_hash: bytes) -> UUID | None:
        """The id of whom it let in."""
        return self._known.get(secret_hash)

    def add(self, secret_hash: bytes, let_in: UUID | None) -> None:
        """Remember one more, while there is room."""
        if let_in is not None and len(self._known) < self.MOST:
            self._known[secret_hash] = let_in


_met = Met()

# Who a person is and what their role was granted or denied beside the declared grants.
ACTOR_COLUMNS = """
    p.person_id, p.kind, p.first_name, p.last_name, p.email, p.email_verified_at, p.time_zone, e.role, e.department,
    (SELECT jsonb_object_agg(permission, scope) FROM changed_grants g
     WHERE g.role = coalesce(e.role, p.kind)) AS changed
"""
ACTOR_TABLES = "people p LEFT JOIN employees e USING (person_id)"
IS_ACTIVE = "p.deactivated_at IS NULL AND p.erased_at IS NULL"
BY_TOKEN = text(
    f"""
    SELECT {ACTOR_COLUMNS} FROM {ACTOR_TABLES} JOIN sign_ins s USING (person_id)
    WHERE s.token_hash = :token_hash AND s.ended_at IS NULL AND {IS_ACTIVE}
      AND s.seen_at > now() - make_interval(days => :idle) AND s.created_at > now() - make_interval(days => :longest)
    """  # noqa: S608 - made of constants
)
BY_PERSON = text(
    f"SELECT {ACTOR_COLUMNS} FROM {ACTOR_TABLES} WHERE p.person_id = :person_id AND {IS_ACTIVE}"  # noqa: S608
)
BY_TOKENS = text(
    f"""
    SELECT s.token_hash, {ACTOR_COLUMNS} FROM {ACTOR_TABLES} JOIN sign_ins s USING (person_id)
    WHERE s.token_hash = ANY(:token_hashes) AND s.ended_at IS NULL AND {IS_ACTIVE}
    """  # noqa: S608 - made of constants
)


def hash_of(token: str) -> bytes:
    """What is stored of a token: its SHA-256. The token itself has 256 bits of chance."""
    return hashlib.sha256(token.encode()).digest()


def remembered_as(token: str) -> str:
    """Under which key of Redis it is remembered who a token stands for."""
    return _memory_key(hash_of(token))


def _memory_key(token_hash: bytes) -> str:
    return f"sign-in:{token_hash.hex()}"


def start(person_id: UUID, *, address: str, device: str) -> str:
    """Sign a person in on this browser, with a new cookie whatever it had before. Returns the token."""
    token = secrets.token_urlsafe(32)
    db.session.add(SignIn(token_hash=hash_of(token), person_id=person_id, address=address, device=device[:300]))
    db.session.flush()
    if "token" in session:
        end(session["token"])
    session.clear()
    session["token"] = token
    session.permanent = True
    return token


def met(token: str) -> UUID | None:
    """Who was let in by a token by this process before; it may be live no more."""
    return _met.find(hash_of(token))


def load(token: str) -> Actor | None:
    """Who a token stands for; None when it was ended, expired or never was."""
    token_hash = hash_of(token)
    who = _look_up(token, token_hash)
    if who is not None:
        _met.add(token_hash, who.id)
    return who


def _look_up(token: str, token_hash: bytes) -> Actor | None:
    key = _memory_key(token_hash)
    remembered = read(key)
    if remembered:
        return actor_of(json.loads(remembered), token)
    row = db.session.execute(
        BY_TOKEN, {"token_hash": token_hash, "idle": IDLE_DAYS, "longest": LONGEST_DAYS}
    ).one_or_none()
    if row is None:
        return None
    facts = facts_of(row)
    db.session.execute(
        text("UPDATE sign_ins SET seen_at = now() WHERE token_hash = :hash AND seen_at < now() - interval '1 hour'"),
        {"hash": token_hash},
    )
    redis.attempt(lambda client: client.set(key, json.dumps(facts), ex=REMEMBERED_SECONDS, nx=True), None)
    return actor_of(facts, token)


def still_live(tokens: Iterable[str]) -> dict[str, Actor]:
    """Which of these sign-ins go on, with today's rights behind each; one statement, past all memory."""
    by_hash = {hash_of(token): token for token in tokens}
    rows = db.session.execute(BY_TOKENS, {"token_hashes": list(by_hash)})
    tokens_live = {by_hash[row.token_hash]: row for row in rows}
    return {token: actor_of(facts_of(row), token) for token, row in tokens_live.items()}


def actor_for(person_id: UUID) -> Actor | None:
    """The actor a person is, with today's rights; None when they may not act any more."""
    row = db.session.execute(BY_PERSON, {"person_id": person_id}).one_or_none()
    return None if row is None else actor_of(facts_of(row))


def facts_of(row: Any) -> dict[str, Any]:
    """What is remembered of a person who acts, as JSON."""
    return {
        "id": str(row.person_id),
        "kind": row.kind,
        "role": row.role or row.kind,
        "name": f"{row.first_name} {row.last_name}".strip() or row.email,
        "email": row.email or "",
        "department": row.department or "",
        "is_verified": row.email_verified_at is not None,
        "time_zone": row.time_zone,
        "changed": row.changed or {},
    }


def actor_of(facts: dict[str, Any], token: str = "") -> Actor:
    """The actor whose facts these are, with the rights of this moment."""
    facts = dict(facts)
    changed = facts.pop("changed")
    return Actor(**{**facts, "id": UUID(facts["id"])}, grants=grants_of(facts["role"], changed), session_id=token)


def end(token: str) -> None:
    """Sign out this browser, everywhere at once."""
    _end(SignIn.token_hash == hash_of(token))


def end_all(person_id: UUID, except_token: str = "") -> int:
    """Sign a person out of every browser (but one). Returns how many there were."""
    return _end(SignIn.person_id == person_id, SignIn.token_hash != hash_of(except_token))


def end_one(person_id: UUID, sign_in_id: UUID) -> int:
    """Sign a person out of one named browser. Returns 0 when it is not theirs."""
    return _end(SignIn.person_id == person_id, SignIn.sign_in_id == sign_in_id)


def _end(*criteria: Any) -> int:
    ended = db.session.scalars(
        update(SignIn).where(*criteria, SignIn.ended_at.is_(None)).values(ended_at=now()).returning(SignIn.token_hash)
    ).all()
    _forget(list(ended))
    return len(ended)


def forget(*criteria: Any) -> None:
    """Make every process look up these sign-ins afresh, because the rights behind them changed."""
    _forget(list(db.session.scalars(select(SignIn.token_hash).where(*criteria, SignIn.ended_at.is_(None)))))


def rights_changed() -> None:
    """Count that somebody's rights changed: what is remembered of API keys holds no more."""
    after_commit(lambda: redis.attempt(lambda client: client.incr(RIGHTS), None))


def _forget(hashes: list[bytes]) -> None:
    rights_changed()
    if hashes:
        after_commit(lambda: redis.attempt(lambda client: _mark(client, hashes), None))
        publish_after_commit(CHANGED, "")


def _mark(client: Redis, hashes: list[bytes]) -> None:
    with client.pipeline(transaction=False) as pipeline:
        for token_hash in hashes:
            pipeline.set(_memory_key(token_hash), b"", ex=MARKED_SECONDS)
        pipeline.execute()


@event.listens_for(Session, "after_flush")
def _follow_people(session: Session, _context: Any) -> None:
    """Whoever changes a person, by whatever action: their rights follow at once."""
    changed = [row.person_id for row in session.dirty if isinstance(row, Customer | Employee)]
    if changed:
        forget(SignIn.person_id.in_(changed))
