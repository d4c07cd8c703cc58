"""The way out of messages: an address for each person, channel and purpose, which holds for good."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from uuid import UUID

from app.core import web
from app.core.access import NOBODY
from app.core.crypto import keyring
from app.core.db import db
from app.core.errors import NotFound
from app.people.consent import actions as consent
from app.people.duplicates import queries as duplicates
from app.people.models import Customer
from app.reach.channels.base import CHANNELS

LABEL = "reach.unsubscribe"
PERSON_BYTES, RUN_BYTES, SEAL_BYTES = 16, 6, 12
HEAD_BYTES = SEAL_BYTES + PERSON_BYTES + RUN_BYTES


@dataclass(frozen=True)
class Exit:
    """What an address stands for: who wants no more of which purpose by which channel, and what they got."""

    person_id: UUID
    channel: str
    purpose: str
    run_id: int


def address_of(person_id: UUID, channel: str, purpose: str, run_id: int) -> str:
    """Where somebody says that they want no more of this. Made for each of a million mails: a hash and no more."""
    said = person_id.bytes + run_id.to_bytes(RUN_BYTES) + f"{channel}:{purpose}".encode()
    return web.public_url("/u/" + urlsafe_b64encode(_seal(said) + said).decode().rstrip("="))


def read(token: str) -> Exit:
    """What a token stands for. Raises: NotFound for one that we did not make."""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        raise NotFound("This link is not whole. Copy all of it from the mail.") from None
    seal, said = raw[:SEAL_BYTES], raw[SEAL_BYTES:]
    if len(raw) <= HEAD_BYTES or not hmac.compare_digest(seal, _seal(said)):
        raise NotFound("This link is not whole. Copy all of it from the mail.")
    channel, _colon, purpose = said[PERSON_BYTES + RUN_BYTES :].decode().partition(":")
    run_id = int.from_bytes(said[PERSON_BYTES : PERSON_BYTES + RUN_BYTES])
    return Exit(UUID(bytes=said[:PERSON_BYTES]), channel, purpose, run_id)


def leaver(exit_: Exit) -> Customer | None:
    """Whom it is about now, also when they were merged with somebody; None for who was erased."""
    found = db.session.get(Customer, exit_.person_id)
    if found is None:
        winner_id = duplicates.find_winner(exit_.person_id)
        found = db.session.get(Customer, winner_id) if winner_id else None
    return found if found is not None and not found.is_erased else None


def consent_channel(exit_: Exit) -> str:
    """The channel of consent that a message fell under."""
    return CHANNELS[exit_.channel].consent if exit_.channel in CHANNELS else exit_.channel


def leave(exit_: Exit, *, ip: str) -> None:
    """Write no more of this purpose by this channel, from now on. Done twice, or for who is gone, it is done."""
    person = leaver(exit_)
    if person is not None:
        pair = (consent_channel(exit_), exit_.purpose)
        told = f"Unsubscribed from run {exit_.run_id}" if exit_.run_id else ""
        consent.withdraw([person.person_id], [pair], actor=NOBODY, source="link", source_text=told, ip=ip)


def _seal(said: bytes) -> bytes:
    return keyring.blind_index(said.hex(), LABEL)[:SEAL_BYTES]
