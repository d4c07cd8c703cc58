"""What Twilio tells of text messages: how they went, and what people answer."""

import json
from collections.abc import Mapping

from flask import Request
from sqlalchemy import select

from app.calls.providers.base import Account
from app.calls.providers.twilio import TWILIO
from app.core import limits, web
from app.core.crypto import keyring
from app.core.db import db
from app.core.errors import DomainError
from app.people import details
from app.people.models import Customer
from app.reach.channels import lessons, receipts
from app.reach.channels.base import SENT, Outcome
from app.reach.channels.models import Provider
from app.reach.channels.receipts import Receipt
from app.reach.channels.sms import LABEL, NO_NUMBER, UNWANTED

WRONG = "60/minute"
LONGEST = 64
KINDS = {"sent": "sent", "delivered": "delivered", "read": "delivered", "undelivered": "failed", "failed": "failed"}
STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
"""The words that Twilio itself takes for a no."""


class NotSigned(DomainError):
    """Not sent by the provider to this address."""

    status = 403
    code = "not_signed"
    title = "The signature does not hold"


def signed_form(request: Request) -> Mapping[str, str]:
    """What was said, once the signature holds: over the public address byte for byte, as Twilio called it.

    Raises: NotSigned.
    """
    form = request.form.to_dict()
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    url, signature = web.public_url(request.path) + query, request.headers.get("X-Twilio-Signature", "")
    for account in _accounts(form.get("AccountSid", "")):
        if TWILIO.is_signed(account, url, form, signature):
            return form
    limits.hit(WRONG, "sms-hook", web.client_address())
    raise NotSigned("The signature is not the provider’s, or the address is another than the one it called.")


def _accounts(account_sid: str) -> list[Account]:
    its = (Provider.strategy == "twilio", Provider.settings["account_sid"].astext == account_sid)
    rows = db.session.scalars(select(Provider).where(*its)) if account_sid else ()
    return [Account(account_sid, json.loads(row.secrets or "{}").get("token", "")) for row in rows]


def hear_status(reference: str, form: Mapping[str, str]) -> None:
    """How a message of ours goes on; what is in between, or not ours, is passed over."""
    kind = KINDS.get(form.get("MessageStatus", ""))
    if kind is None:
        return
    code = form.get("ErrorCode", "")
    number = int(code) if code.isdecimal() else 0
    words = details.without_phones(form.get("ErrorMessage", ""))[:300]
    outcome = SENT
    if kind == "failed":
        is_for_good, is_unwanted = number in NO_NUMBER, number == UNWANTED
        outcome = Outcome("failed", code=code[:20], words=words, is_for_good=is_for_good, is_unwanted=is_unwanted)
    receipts.take(Receipt(reference, kind, form.get("MessageSid", "")[:LONGEST], outcome))


def hear_answer(form: Mapping[str, str]) -> None:
    """Somebody wrote back; STOP and its like end all that needs their consent."""
    word = form.get("OptOutType", "") or form.get("Body", "")
    if word.strip().upper() not in STOP_WORDS:
        return
    index = keyring.blind_index(form.get("From", ""), LABEL)
    theirs = (Customer.phone_index == index, Customer.erased_at.is_(None))
    people = db.session.scalars(select(Customer.person_id).where(*theirs)).all()
    if people:
        lessons.stop("sms", people, "They answered STOP to a text message.")
