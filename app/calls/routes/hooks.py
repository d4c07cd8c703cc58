"""Where providers tell of calls, signed.

POST /hooks/phone/<provider>              somebody calls: says whom to connect
POST /hooks/phone/<provider>/status       how a call goes on
POST /hooks/phone/<provider>/<id>/answer  an employee answered a call we make: connects the customer
POST /hooks/phone/<provider>/<id>/status  how a call we make goes on
"""

from dataclasses import replace
from uuid import UUID

from flask import Blueprint, Response, request

from app.calls import queries
from app.calls.actions import hearing
from app.calls.models import PhoneAccount
from app.calls.providers.base import Heard
from app.core import access, limits, web
from app.core.errors import DomainError, Invalid

bp = Blueprint("call_hooks", __name__)

LIMIT = "1200/minute"
HERE = "/hooks/phone/<provider>"


class NotSigned(DomainError):
    """Not sent by the provider to this address."""

    status = 403
    code = "not_signed"
    title = "The signature does not hold"


@bp.post(HERE)
@access.public
def ring(provider: str) -> Response:
    account, heard = _heard(provider)
    hearing.hear(provider, heard)
    return _connect(provider, account.forward_to, "")


@bp.post(f"{HERE}/status")
@access.public
def status(provider: str) -> Response:
    hearing.hear(provider, _heard(provider)[1])
    return Response(status=204)


@bp.post(f"{HERE}/<uuid:call_id>/answer")
@access.public
def answer(provider: str, call_id: UUID) -> Response:
    account, _said = _heard(provider)
    return _connect(provider, queries.get_call(call_id).number or "", account.number)


@bp.post(f"{HERE}/<uuid:call_id>/status")
@access.public
def status_of_ours(provider: str, call_id: UUID) -> Response:
    _account, heard = _heard(provider)
    call = queries.get_call(call_id)
    if call.sid is None:  # the provider was quicker than its own answer to us
        call.sid = heard.sid
    elif call.sid != heard.sid:
        raise Invalid("This is another call.")
    hearing.hear(provider, replace(heard, is_incoming=False))
    return Response(status=204)


def _heard(provider: str) -> tuple[PhoneAccount, Heard]:
    """What was said, once the signature holds: over the public address byte for byte, as the provider called it."""
    limits.hit(LIMIT, "phone-hook", web.client_address())
    carrier, account = queries.get_provider(provider), queries.find_account(provider)
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    signature = request.headers.get("X-Twilio-Signature", "")
    form = request.form.to_dict()
    if account is None or not account.is_enabled:
        raise NotSigned("There is no account that this could be for.")
    if not carrier.is_signed(queries.opened(account), web.public_url(request.path) + query, form, signature):
        raise NotSigned("The signature is not the provider’s, or the address is another than the one it called.")
    heard = carrier.read(form)
    if heard is None:
        raise Invalid("This says nothing of a call.")
    return account, heard


def _connect(provider: str, number: str, caller_id: str) -> Response:
    status_url = web.public_url(f"/hooks/phone/{provider}/status")
    said = queries.get_provider(provider).connect(number, caller_id, status_url)
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{said}', mimetype="text/xml")
