"""API keys at the door: who a key stands for, with no more power than its owner has today."""

import re
import secrets
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text

from app.accounts import sign_ins
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, separately

HEADER = re.compile(r"Bearer (rk_[A-Za-z0-9_-]{43})")
SHOWN_CHARACTERS = 9
WRITTEN_DOWN_EVERY = timedelta(minutes=1)

BY_HASH = text(
    f"""
    SELECT {sign_ins.ACTOR_COLUMNS}, k.api_key_id, k.permissions, k.last_used_at
    FROM {sign_ins.ACTOR_TABLES} JOIN api_keys k ON k.owner_id = p.person_id
    WHERE k.key_hash = :key_hash AND k.revoked_at IS NULL AND k.expires_at > now() AND {sign_ins.IS_ACTIVE}
    """  # noqa: S608 - made of constants
)


def new_secret() -> str:
    """A key as its owner sees it, once."""
    return f"rk_{secrets.token_urlsafe(32)}"


def load(header: str) -> Actor | None:
    """Who the `Authorization` header stands for; None for anything but a live key in its exact form."""
    match = HEADER.fullmatch(header)
    if match is None:
        return None
    row = db.session.execute(BY_HASH, {"key_hash": sign_ins.hash_of(match[1])}).one_or_none()
    if row is None:
        return None
    if row.last_used_at is None or row.last_used_at < now() - WRITTEN_DOWN_EVERY:
        _write_down_use(row.api_key_id)
    owner = sign_ins.actor_of(sign_ins.facts_of(row))
    grants = {key: scope for key, scope in owner.grants.items() if key in row.permissions}
    return replace(owner, grants=grants, api_key_id=row.api_key_id)


def _write_down_use(api_key_id: object) -> None:
    with separately():  # refused requests are uses too, and no request waits for another's lock
        db.session.execute(
            text(
                "UPDATE api_keys SET last_used_at = now() WHERE api_key_id ="
                " (SELECT api_key_id FROM api_keys WHERE api_key_id = :id FOR UPDATE SKIP LOCKED)"
            ),
            {"id": api_key_id},
        )
