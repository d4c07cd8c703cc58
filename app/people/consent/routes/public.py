"""The page behind the link in a mail. Nobody is signed in, and programs that open links change nothing.

GET  /c/<token>              what it is about, with a button
POST /c/<token>              confirm
POST /c/<token>/withdrawal   hear no more: without a cookie too, as mail programs do it (RFC 8058), and for good
"""

from flask import Blueprint, Response

from app.core import access, limits, web
from app.core.access import NOBODY
from app.people.consent import actions, links, purposes, queries
from app.people.consent.models import Consent
from app.people.models import Customer

bp = Blueprint("public_consent", __name__, url_prefix="/c")
bp.after_request(web.keep_unlisted)

LOOKS = "60/minute"
ANSWERS = "20/minute"


@bp.get("/<token>")
@access.public
def read(token: str) -> Response:
    limits.hit(LOOKS, "consent", web.client_address())
    consent, customer = _meant(token)
    present = queries.find_standing(customer.person_id, consent.channel, consent.purpose)
    return web.render(
        "consent/public.html",
        state=present.state if present else "",
        can_confirm=links.confirms(token, customer.email),
        words=queries.words_of(consent),
        channel=purposes.CHANNELS[consent.channel],
        purpose=purposes.PURPOSES[consent.purpose],
        token=token,
    )


@bp.post("/<token>")
@access.public
def confirm(token: str) -> Response:
    limits.hit(ANSWERS, "consent-answer", web.client_address())
    consent, customer = _meant(token)
    actions.confirm(consent, customer, token, actor=NOBODY, ip=web.client_address())
    return web.go(f"/c/{token}", "Thank you.")


@bp.post("/<token>/withdrawal")
@access.public
def withdraw(token: str) -> Response:
    limits.hit(ANSWERS, "consent-answer", web.client_address())
    consent, customer = _meant(token)
    pair = (consent.channel, consent.purpose)
    actions.withdraw([customer.person_id], [pair], actor=NOBODY, source="link", ip=web.client_address())
    return web.go(f"/c/{token}")


def _meant(token: str) -> tuple[Consent, Customer]:
    return queries.get_consent(links.read(token))
