"""Signed links in mails: to confirm a consent, and to withdraw it."""

from uuid import UUID

from flask import current_app
from itsdangerous import BadData, URLSafeTimedSerializer

from app.core import web
from app.core.crypto import keyring
from app.core.errors import NotFound
from app.people.consent.models import Consent

CONFIRMED_WITHIN = 30 * 24 * 3600
MARK = 8


def token_of(consent: Consent, email: str | None) -> str:
    """What stands for a consent in an address; it remembers which mailbox it was sent to."""
    return _signer().dumps([consent.consent_id.hex, _mark(email)])


def address_of(consent: Consent, email: str | None) -> str:
    """The public page of a consent, for mails."""
    return web.public_url(f"/c/{token_of(consent, email)}")


def read(token: str) -> UUID:
    """Which consent a token stands for; it does so for good, so that withdrawing never fails. Raises: NotFound."""
    return UUID(_load(token)[0])


def confirms(token: str, email: str | None) -> bool:
    """The link is not too old, and whoever follows it reads the mailbox that the customer still has."""
    try:
        return bool(email) and _load(token, CONFIRMED_WITHIN)[1] == _mark(email)
    except NotFound:
        return False


def _load(token: str, max_age: int | None = None) -> list[str]:
    try:
        found: list[str] = _signer().loads(token, max_age=max_age)
    except BadData:
        raise NotFound("This link is not whole. Copy all of it from the mail.") from None
    return found


def _mark(email: str | None) -> str:
    return keyring.blind_index((email or "").lower(), "consent.email").hex()[: 2 * MARK]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="consent")
