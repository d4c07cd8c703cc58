"""What customers themselves agree to.

GET  /portal/consent             what we may write about, and how
POST /portal/consent             choose the channels of a purpose
POST /portal/consent/withdrawal  no to everything
"""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, limits, web
from app.core.access import actor
from app.engine.push import queries as push
from app.people import queries as people
from app.people.consent import actions, forms, queries
from app.people.consent.models import PENDING

bp = Blueprint("own_consent", __name__)

CHANGES = "30/hour"


@bp.get("/portal/consent")
@access.requires("consent.own")
def choices() -> ResponseReturnValue:
    me = people.get_own_profile(actor())
    return web.render(
        "consent/own.html", data=queries.choices_of(me), email=me.email or "", push=push.of_person(me.person_id)
    )


@bp.post("/portal/consent")
@access.requires("consent.own")
def choose() -> ResponseReturnValue:
    limits.hit(CHANGES, "own-consent", str(actor().id))
    made = actions.decide(
        people.get_own_profile(actor()),
        request.form.get("purpose", ""),
        request.form.getlist("channel"),
        forms.version_of(request.form.get("version", "")),
        actor=actor(),
        ip=web.client_address(),
    )
    is_pending = any(one.state == PENDING for one in made)
    said = "Saved. We sent you a mail: please confirm it there." if is_pending else "Saved."
    return web.go("/portal/consent", said)


@bp.post("/portal/consent/withdrawal")
@access.requires("consent.own")
def withdraw() -> ResponseReturnValue:
    me = people.get_own_profile(actor())
    actions.withdraw_all(me, actor=actor(), source="portal", ip=web.client_address())
    return web.go("/portal/consent", "Done. We will send you no marketing, from this moment on.")
