"""Devices that are reached by push, each switched on in its own browser.

GET  /service-worker.js                what shows messages while no page is open
POST /settings/devices                 switch this browser on
POST /settings/devices/<id>/delete     switch one off
POST /settings/devices/<id>/trial      send a message to it
"""

from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, current_app, request, send_from_directory

from app.core import access, devices, limits, web
from app.engine.push import actions, queries
from app.engine.push.sending import Message

bp = Blueprint("push", __name__)

CHANGES, TRIALS = "30/hour", "20/hour"


@bp.get("/service-worker.js")
@access.public
def service_worker() -> Response:
    response = send_from_directory(Path(current_app.static_folder or ""), "service-worker.js", max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@bp.post("/settings/devices")
@access.signed_in
def add() -> Response:
    limits.hit(CHANGES, "push-devices", str(_me()))
    sent = {name: request.form.get(name, "") for name in ("endpoint", "p256dh", "auth")}
    actions.add_device(_me(), **sent, device=devices.name_of(request.user_agent.string))
    return _answer("This browser shows notices from now on.")


@bp.post("/settings/devices/<uuid:subscription_id>/delete")
@access.signed_in
def remove(subscription_id: UUID) -> Response:
    actions.remove_device(queries.get_device(_me(), subscription_id))
    return _answer("Switched off.")


@bp.post("/settings/devices/<uuid:subscription_id>/trial")
@access.signed_in
def send_trial(subscription_id: UUID) -> Response:
    limits.hit(TRIALS, "push-trials", str(_me()))
    device = queries.get_device(_me(), subscription_id)
    workspace = current_app.extensions["rapport"].workspace
    trial = Message(f"{workspace} reaches you here", "This is what a notice looks like.", "/notices", tag="trial")
    actions.tell(device.person_id, trial, [device.subscription_id])
    return _answer("On its way: it should show within a minute.")


def _answer(said: str) -> Response:
    if not web.wants_fragment():
        return web.go(web.page_before(), said)
    return web.toast(web.render("push/_devices.html", push=queries.of_person(_me())), said)


def _me() -> UUID:
    who = access.actor().id
    assert who is not None  # somebody who is signed in has an id
    return who
