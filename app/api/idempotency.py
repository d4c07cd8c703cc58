"""A POST that is sent twice under one key is done once, and answered twice with the same.

The answer is kept in the transaction of the work itself: both are there, or neither. Who works
on a key holds an advisory lock until that transaction ends. Refusals are not kept: they did nothing.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, g, request
from sqlalchemy import ColumnElement, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from app.api.models import IdempotentRequest
from app.core.access import actor
from app.core.clock import now
from app.core.crypto import KEY_ID_BYTES, keyring
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.engine.events.models import Event

HEADER = "Idempotency-Key"
KEY = re.compile(r"[\x21-\x7e]{1,200}")
KEPT = timedelta(hours=24)
KEPT_HEADERS = ("Content-Type", "Location", "ETag")
LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 5))")


class InProgress(Conflict):
    """The first request under this key is not done yet."""

    code = "idempotency_in_progress"
    title = "The first request with this key is still being done"


class KeyReused(Invalid):
    """The key was used for something else."""

    code = "idempotency_key_reused"
    title = "This key was used for another request"


@dataclass(frozen=True)
class Claim:
    """The present request's right to be done under its key."""

    principal: str
    key: str
    fingerprint: bytes

    @property
    def context(self) -> str:
        """What the kept body is sealed with."""
        return f"idempotent_requests|{self.principal}|{self.key}"


def begin() -> Response | None:
    """Answer from memory, or let the request be done under its key.

    Raises: Invalid for a key that is none; KeyReused; InProgress.
    """
    key = request.headers.get(HEADER)
    if request.method != "POST" or key is None:
        return None
    if not KEY.fullmatch(key):
        raise Invalid(f"{HEADER} takes 1 to 200 visible ASCII characters.")
    claim = Claim(f"key:{actor().api_key_id}", key, _fingerprint())
    if not db.session.scalar(LOCK, {"name": claim.context}):
        raise InProgress("Wait a moment and send it again.")
    kept = db.session.get(IdempotentRequest, (claim.principal, claim.key))
    if kept is None or kept.created_at < now() - KEPT:
        g.idempotency_claim = claim
        return None
    if kept.fingerprint != claim.fingerprint:
        raise KeyReused("Take a new key for a new request; the same key repeats the same request.")
    return _replay(kept, claim)


def name_of_request() -> str:
    """By which the present request is the same however often it is sent; "" where nobody says so."""
    claim: Claim | None = g.get("idempotency_claim")
    return claim.context if claim else ""


def keep(response: Response) -> Response:
    """Keep the answer of a request that was done under a key."""
    claim: Claim | None = g.pop("idempotency_claim", None)
    if claim is None or response.status_code >= 400:
        return response
    values = {
        "fingerprint": claim.fingerprint,
        "status": response.status_code,
        "headers": {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers},
        "body": keyring.encrypt(response.get_data(as_text=True), claim.context),
        "created_at": now(),
    }
    statement = insert(IdempotentRequest).values(principal=claim.principal, key=claim.key, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=["principal", "key"], set_=values))
    return response


def purge() -> int:
    """Forget the answers that are older than a day (the clock calls it). Returns how many."""
    old = delete(IdempotentRequest).where(IdempotentRequest.created_at < now() - KEPT)
    return db.session.execute(old).rowcount  # type: ignore[attr-defined]


def forget_customer(event: Event) -> None:
    """Forget the answers that showed a customer who was erased since: they lead to the customer's address."""
    theirs = IdempotentRequest.headers["Location"].astext.contains(str(event.subject_id), autoescape=True)
    db.session.execute(delete(IdempotentRequest).where(theirs))


def _replay(kept: IdempotentRequest, claim: Claim) -> Response:
    response = Response(keyring.decrypt(kept.body or b"", claim.context), status=kept.status)
    response.headers.update(kept.headers or {})
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _fingerprint() -> bytes:
    """What the request asks for; of an upload its fields and files, whatever separates them."""
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n".encode())
    if request.mimetype == "multipart/form-data":
        for part in _parts():
            digest.update(part)
    else:
        digest.update(request.get_data())
    return digest.digest()


def _parts() -> Iterable[bytes]:
    for name, value in sorted(request.form.items(multi=True)):
        yield f"{name}={value}\n".encode()
    for name, upload in sorted(request.files.items(multi=True), key=lambda item: item[0]):
        yield f"{name}:{upload.filename}\n".encode()
        yield hashlib.file_digest(upload.stream, "sha256").digest()  # type: ignore[arg-type]
        upload.stream.seek(0)


class KeptAnswers:
    """The kept answers, for a change of the data key."""

    label = IdempotentRequest.__tablename__

    def count_old(self) -> int:
        """As `reseal.Place` has it."""
        return db.session.scalar(select(func.count()).select_from(IdempotentRequest).where(self._is_old)) or 0

    def seal_again(self, *, everything: bool = False) -> Iterator[int]:
        """As `reseal.Place` has it; there is no index to renew."""
        while rows := db.session.scalars(select(IdempotentRequest).where(self._is_old).limit(500)).all():
            for row in rows:
                row.body = keyring.reseal(row.body or b"", Claim(row.principal, row.key, b"").context)
            db.session.commit()
            yield len(rows)

    @property
    def _is_old(self) -> ColumnElement[bool]:
        return func.substring(IdempotentRequest.body, 1, KEY_ID_BYTES) != keyring.current_id
