"""What response targets plug into."""

from flask import Flask

from app.conversations.targets import telling
from app.conversations.targets.access import PERMISSIONS
from app.conversations.targets.routes import bp
from app.core import access, layout
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.engine.notices.topics import Topic, add_topic

NONE = type(None)
MISSED: dict[str, type | tuple[type, ...]] = {
    "clock_id": str,
    "kind": str,
    "channel_id": str,
    "owner_id": (str, NONE),
}


def add(app: Flask) -> None:
    """Declare the right and the events, add the page, and follow hours and targets."""
    access.declare(*PERMISSIONS)
    add_topic(
        Topic(
            "targets", "Response targets", "An answer in a conversation of yours, or of the team, is late.", ("target",)
        )
    )
    catalogue.declare(
        EventType("target.missed", "A response target was missed", MISSED, about="customer"),
        EventType("targets.changed", "Response targets changed", {}),
    )
    catalogue.subscribe("targets.tell_of_miss", "target.missed", handler=telling.tell_of_miss)
    catalogue.subscribe("targets.recount", "targets.changed", "hours.changed", handler=telling.recount)
    catalogue.subscribe(
        "targets.follow_label", "conversation.tagged", "conversation.untagged", handler=telling.follow_label
    )
    catalogue.subscribe(
        "targets.follow_labels", "tag.merged", "tag.removed", "tags.undone", handler=telling.follow_labels
    )
    app.register_blueprint(bp)
    layout.add_nav(layout.NavItem("Response targets", "/settings/targets", "target", "targets.edit", "Settings", 33))
