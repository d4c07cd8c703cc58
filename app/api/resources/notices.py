"""Where notices of one's own go: devices, and by which ways one hears of what.

/push-keys  /devices  /devices/{id}  /notice-topics  /notice-topics/{topic}
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import notices as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.notices import choices
from app.engine.notices.choices import Choice
from app.engine.push import actions, queries, vapid
from app.engine.push.models import Device, PushKey

bp = Blueprint("Notices", "Where one hears of things: browsers reached by Web Push, and ways for each kind of notice.")

EXAMPLE = {
    "endpoint": "https://push.example.com/send/7f3a",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    "device": "Firefox on Linux",
}


def _me() -> UUID:
    who = actor().id
    assert who is not None  # whoever holds a right has an id
    return who


@bp.route("/push-keys")
class PushKeys(MethodView):
    @bp.lists(shapes.PushKey)
    @access.requires("notices.read")
    def get(self, _wanted: dict[str, Any]) -> Page[PushKey]:
        """List the keys that browsers subscribe with: there is one"""
        return Page([vapid.get_key()], None, None, 1)


@bp.route("/devices")
class Devices(MethodView):
    @bp.lists(shapes.Device)
    @access.requires("notices.read")
    def get(self, _wanted: dict[str, Any]) -> Page[Device]:
        """List the devices one is reached on, all on one page"""
        found = queries.list_devices(_me())
        return Page(found, None, None, len(found))

    @bp.creates(shapes.DeviceIn, shapes.Device, example=EXAMPLE)
    @access.requires("notices.read")
    def post(self, values: dict[str, Any]) -> Device:
        """Be reached on a device from now on

        Who was reached on it before is not any more. Of more than 20 devices those not used for longest go.
        """
        return actions.add_device(_me(), **values)


@bp.route("/devices/<uuid:device_id>")
class OneDevice(MethodView):
    @bp.reads(shapes.Device)
    @access.requires("notices.read")
    def get(self, device_id: UUID) -> Device:
        """Read a device of one’s own"""
        return queries.get_device(_me(), device_id)

    @bp.does(shapes.Device)
    @access.requires("notices.read")
    def delete(self, device_id: UUID) -> Device:
        """Be reached on a device no more"""
        device = queries.get_device(_me(), device_id)
        actions.remove_device(device)
        return device


@bp.route("/notice-topics")
class Topics(MethodView):
    @bp.lists(shapes.NoticeTopic)
    @access.requires("notices.choose")
    def get(self, _wanted: dict[str, Any]) -> Page[Choice]:
        """List the kinds of notices and the ways one hears of them, all on one page"""
        found = choices.list_choices(_me())
        return Page(found, None, None, len(found))


@bp.route("/notice-topics/<topic>")
class OneTopic(MethodView):
    @bp.reads(shapes.NoticeTopic)
    @access.requires("notices.choose")
    def get(self, topic: str) -> Choice:
        """Read by which ways one hears of a kind of notice"""
        return choices.get_choice(_me(), topic)

    @bp.does(shapes.NoticeTopic, shapes.WaysIn, example={"ways": ["bell", "push"]})
    @access.requires("notices.choose")
    def post(self, values: dict[str, Any], topic: str) -> Choice:
        """Say by which ways one hears of a kind of notice from now on"""
        chosen = choices.get_choice(_me(), topic)
        choices.choose(_me(), {chosen.topic.key: frozenset(values["ways"])})
        return choices.get_choice(_me(), topic)
