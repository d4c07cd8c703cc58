"""Keeping mails as they came, each once however often it comes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import db, new_id
from app.mailboxes.models import Mailbox, RawMail
from app.mailboxes.reading.parsed import ParsedMail

TAKEN, TOO_LARGE, BROKEN = "taken in", "held back: too large", "held back: not understood"
SETTLE = text(
    "UPDATE raw_mails r SET outcome = f.outcome, comm_id = f.comm_id"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:outcomes AS text[]), CAST(:comm_ids AS uuid[]))"
    "  AS f (raw_id, outcome, comm_id) WHERE r.raw_id = f.raw_id"
)


@dataclass(frozen=True)
class Arrived:
    """A mail as it came: by IMAP with its number, or by a signed request. Not `is_whole`: its head, it is too large."""

    raw: bytes = field(repr=False)
    source: str
    uid: int | None = None
    uid_validity: int | None = None
    signature: str | None = None
    is_whole: bool = True


@dataclass(frozen=True)
class Filed:
    """What became of a mail: a word for lists, and the email it is now, if it is one."""

    outcome: str
    comm_id: UUID | None = None


def keep_all(mailbox: Mailbox, mails: Sequence[tuple[Arrived, ParsedMail]]) -> list[UUID | None]:
    """Keep some mails by one statement; None for each that was here before."""
    rows = [_row(mailbox, arrived, said, TAKEN if arrived.is_whole else TOO_LARGE) for arrived, said in mails]
    return _insert(rows)


def keep_broken(mailbox: Mailbox, arrived: Arrived) -> None:
    """Keep a mail that could not be put where it belongs, so that somebody can look at it."""
    _insert([_row(mailbox, arrived, ParsedMail(), BROKEN)])


def settle(filed: Sequence[tuple[UUID, Filed]]) -> None:
    """Write down what became of some mails."""
    values = {
        "ids": [raw_id for raw_id, _filed in filed],
        "outcomes": [one.outcome for _raw_id, one in filed],
        "comm_ids": [one.comm_id for _raw_id, one in filed],
    }
    db.session.execute(SETTLE, values)


def _insert(rows: list[dict[str, Any]]) -> list[UUID | None]:
    if not rows:
        return []
    statement = insert(RawMail).on_conflict_do_nothing().returning(RawMail.raw_id)
    new = set(db.session.scalars(statement, rows))
    return [row["raw_id"] if row["raw_id"] in new else None for row in rows]


def _row(mailbox: Mailbox, arrived: Arrived, said: ParsedMail, outcome: str) -> dict[str, Any]:
    digest = hashlib.sha256(arrived.raw).digest()
    # The sender belongs to the key: nobody keeps a mail out by sending one of the same id before it.
    key = f"{said.message_id} {said.from_address}" if said.message_id else digest.hex()
    return {
        "raw_id": new_id(),
        "mailbox_id": mailbox.mailbox_id,
        "mail_key": key[:600],
        "sha256": digest,
        "size_bytes": len(arrived.raw),
        "raw": arrived.raw,
        "source": arrived.source,
        "outcome": outcome,
        "sender": said.from_address,
        "subject": said.subject,
        "uid": arrived.uid,
        "uid_validity": arrived.uid_validity,
        "hook_signature": arrived.signature,
        "received_at": now(),
    }
