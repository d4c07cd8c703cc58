"""The page behind the link in a message. Nobody is signed in, and programs that open links change nothing.

GET  /u/<token>                      what it is about, with a button
POST /u/<token>                      hear no more of it: without a cookie too, as mail programs do it (RFC 8058)
GET  /u/<token>/choices              all that one may hear of, and how
POST /u/<token>/choices              choose the channels of a purpose
POST /u/<token>/choices/withdrawal   no to everything
"""

from flask import Blueprint, Response, request

from app.core import access, limits, web
from app.core.access import NOBODY
from app.core.errors import NotFound
from app.people.consent import actions, forms, purposes, queries
from app.people.consent.models import PENDING, WITHDRAWN
from app.people.models import Customer
from app.reach.channels import unsubscribe
from app.reach.channels.unsubscribe import Exit

bp = Blueprint("leaving", __name__, url_prefix="/u")
bp.after_request(web.keep_unlisted)

WRONG = "30/minute"
CHANGES = "30/hour"
ONE_CLICK = "List-Unsubscribe"


@bp.get("/<token>")
@access.public
def ask(token: str) -> Response:
    return _show(token, _read(token))


@bp.post("/<token>")
@access.public
def leave(token: str) -> Response:
    meant = _read(token)
    unsubscribe.leave(meant, ip=web.client_address())
    if ONE_CLICK in request.form:  # a mail program follows no redirect
        return _show(token, meant)
    return web.go(f"/u/{token}")


@bp.get("/<token>/choices")
@access.public
def choices(token: str) -> Response:
    person = _person(_read(token))
    return web.render("reach/choices.html", data=queries.choices_of(person), token=token)


@bp.post("/<token>/choices")
@access.public
def choose(token: str) -> Response:
    person = _person(_read(token))
    limits.hit(CHANGES, "own-consent", str(person.person_id))
    made = actions.decide(
        person,
        request.form.get("purpose", ""),
        request.form.getlist("channel"),
        forms.version_of(request.form.get("version", "")),
        actor=NOBODY,
        ip=web.client_address(),
        source="link",
    )
    is_pending = any(one.state == PENDING for one in made)
    said = "Saved. We sent you a mail: please confirm it there." if is_pending else "Saved."
    return web.go(f"/u/{token}/choices", said)


@bp.post("/<token>/choices/withdrawal")
@access.public
def withdraw(token: str) -> Response:
    person = _person(_read(token))
    actions.withdraw_all(person, actor=NOBODY, source="link", ip=web.client_address())
    return web.go(f"/u/{token}/choices", "Done. We will send you no marketing, from this moment on.")


def _read(token: str) -> Exit:
    """What the link stands for; only wrong ones are counted, since a mail provider asks for many people at once."""
    try:
        return unsubscribe.read(token)
    except NotFound:
        limits.hit(WRONG, "unsubscribe", web.client_address())
        raise


def _person(meant: Exit) -> Customer:
    person = unsubscribe.leaver(meant)
    if person is None:
        raise NotFound("We have nothing of you any more, and send you nothing.")
    return person


def _show(token: str, meant: Exit) -> Response:
    person, channel = unsubscribe.leaver(meant), unsubscribe.consent_channel(meant)
    held = queries.find_standing(person.person_id, channel, meant.purpose) if person else None
    return web.render(
        "reach/leave.html",
        token=token,
        is_done=person is None or (held is not None and held.state == WITHDRAWN),
        is_here=person is not None,
        channel=purposes.CHANNELS.get(channel),
        purpose=purposes.PURPOSES.get(meant.purpose),
    )
