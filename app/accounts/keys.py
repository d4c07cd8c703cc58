"""API keys at the door: who a key stands for, with no more power than its owner has today."""

import json
import math
import re
import secrets
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts import sign_ins
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, separately
from app.core.redis import read, redis

HEADER = re.compile(r"Bearer (rk_[A-Za-z0-9_-]{43})")
SHOWN_CHARACTERS = 9
REMEMBERED_SECONDS = 30
WRITTEN_DOWN_EVERY = timedelta(minutes=1)

_met = sign_ins.Met()

BY_HASH = text(
    f"""
    SELECT {sign_ins.ACTOR_COLUMNS}, k.api_key_id, k.permissions, k.last_used_at, k.expires_at
    FROM {sign_ins.ACTOR_TABLES} JOIN api_keys k ON k.owner_id = p.person_id
    WHERE k.key_hash = :key_hash AND k.revoked_at IS NULL AND k.expires_at > now() AND {sign_ins.IS_ACTIVE}
    """  # noqa: S608 - made of constants
)


def new_secret() -> str:
    """A key as its owner sees it, once."""
    return f"rk_{secrets.token_urlsafe(32)}"


def remembered_as(header: str) -> str:
    """Under which key of Redis it is remembered who the `Authorization` header stands for, "" for none."""
    key_hash = _hash_in(header)
    return _memory_key(key_hash) if key_hash else ""


def met(header: str) -> UUID | None:
    """The key in the `Authorization` header, where this process let it in before; it may be live no more."""
    return _met.find(_hash_in(header) or b"")


def load(header: str) -> Actor | None:
    """Who the `Authorization` header stands for; None for anything but a live key in its exact form.

    It is remembered for some seconds, as long as nobody's rights change anywhere meanwhile.
    """
    key_hash = _hash_in(header)
    if key_hash is None:
        return None
    remembered, rights = read(_memory_key(key_hash)), (read(sign_ins.RIGHTS) or b"").decode()
    of_then, who = _understood(remembered) if remembered else ("", None)
    if who is None or of_then != rights:
        known = _look_up(key_hash, rights)
        who = _actor_of(known) if known else None
    if who is not None:
        _met.add(key_hash, who.api_key_id)
    return who


@lru_cache(maxsize=500)
def _understood(remembered: bytes) -> tuple[str, Actor]:
    """Under which rights it was remembered, and who it is: the same for all requests of some seconds."""
    known = json.loads(remembered)
    return known["rights"], _actor_of(known)


def _look_up(key_hash: bytes, rights: str) -> dict[str, Any] | None:
    row = db.session.execute(BY_HASH, {"key_hash": key_hash}).one_or_none()
    db.session.commit()  # a crowd of which each holds one connection and waits for a second would wait for itself
    if row is None:
        return None
    if row.last_used_at is None or row.last_used_at < now() - WRITTEN_DOWN_EVERY:
        _write_down_use(row.api_key_id)
    known = {
        "rights": rights,
        "api_key_id": str(row.api_key_id),
        "permissions": row.permissions,
        "owner": sign_ins.facts_of(row),
    }
    life = min(REMEMBERED_SECONDS, math.floor((row.expires_at - now()).total_seconds()))
    if life > 0:
        redis.attempt(lambda client: client.set(_memory_key(key_hash), json.dumps(known), ex=life), None)
    return known


def _actor_of(known: dict[str, Any]) -> Actor:
    owner = sign_ins.actor_of(known["owner"])
    grants = {key: scope for key, scope in owner.grants.items() if key in known["permissions"]}
    return replace(owner, grants=grants, api_key_id=UUID(known["api_key_id"]))


def _hash_in(header: str) -> bytes | None:
    match = HEADER.fullmatch(header)
    return sign_ins.hash_of(match[1]) if match else None


def _memory_key(key_hash: bytes) -> str:
    return f"api-key:{key_hash.hex()}"


def _write_down_use(api_key_id: object) -> None:
    with separately():  # refused requests are uses too, and no request waits for another's lock
        db.session.execute(
            text(
                "UPDATE api_keys SET last_used_at = now() WHERE api_key_id ="
                " (SELECT api_key_id FROM api_keys WHERE api_key_id = :id FOR UPDATE SKIP LOCKED)"
            ),
            {"id": api_key_id},
        )
