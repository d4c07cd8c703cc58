"""Mail that a mail server hands over: POST /hooks/email, the raw mail as the body, signed."""

from flask import Blueprint, Response, jsonify, request

from app.core import access, limits, web
from app.core.errors import Conflict, DomainError, TooLarge
from app.mailboxes import queries, signing
from app.mailboxes.actions import taking
from app.mailboxes.actions.keeping import Arrived
from app.mailboxes.reading.limits import LARGEST_BYTES

bp = Blueprint("mail_hooks", __name__)

LIMIT = "1200/minute"


class NotSigned(DomainError):
    """Nobody who holds the mailbox's secret sent this, or it was sent too long ago."""

    status = 401
    code = "not_signed"
    title = "The signature does not hold"


class Replayed(Conflict):
    """The same request came before."""

    title = "This was sent before"


@bp.post("/hooks/email")
@access.public
def hear() -> Response:
    limits.hit(LIMIT, "mail-hook", web.client_address())
    request.max_content_length = LARGEST_BYTES
    if (request.content_length or 0) > LARGEST_BYTES:
        raise TooLarge(f"A mail may have {LARGEST_BYTES >> 20} MB at most.")
    address, signature = request.headers.get("X-Rapport-Mailbox", ""), request.headers.get("X-Rapport-Signature", "")
    mailbox = queries.find_mailbox(address) if address else None
    moment, raw = request.headers.get("X-Rapport-Timestamp", ""), request.get_data(cache=False)
    if mailbox is None or not mailbox.is_enabled or not mailbox.hook_secret:
        raise NotSigned("There is no mailbox of this address that takes mail.")
    if not signing.is_signed(mailbox.hook_secret, moment, address, raw, signature):
        raise NotSigned("Sign timestamp, mailbox and body with the mailbox’s secret, within five minutes.")
    if queries.is_replayed(signature):
        raise Replayed("This request came before. Sign it anew to send it again.")
    taken = taking.take_in(mailbox, Arrived(raw, "hook", signature=signature))
    return jsonify(outcome=taken.outcome if taken else "known")
