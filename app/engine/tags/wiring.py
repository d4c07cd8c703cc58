"""What tags plug into."""

from flask import Flask

from app.core import access, layout
from app.engine.changes import tables
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.engine.records import merging
from app.engine.records.pages import EVERY_KIND
from app.engine.tags import actions, jobs, undone
from app.engine.tags.access import PERMISSIONS
from app.engine.tags.routes import bp

MERGED: dict[str, type | tuple[type, ...]] = {
    "before": str,
    "after": str,
    "name": str,
    "change_set_id": (str, type(None)),
}


def add(app: Flask) -> None:
    """Add the pages. Packages whose records can be tagged say so by `taggable.add_kind`."""
    access.declare(*PERMISSIONS)
    catalogue.declare(
        EventType("tag.changed", "Tag renamed", {"before": str, "after": str}),
        EventType("tag.merged", "Tags merged", MERGED),
        EventType("tag.removed", "Tag deleted", {"name": str}),
        EventType("tags.undone", "An undo changed the tags of many", {}),
    )
    tables.after_undo("record_tags", undone.tell)
    catalogue.subscribe("tags.forget_customer", "customer.erased", handler=jobs.forget_customer)
    merging.follow(EVERY_KIND, actions.follow_record)
    app.register_blueprint(bp)
    layout.add_nav(layout.NavItem("Tags", "/tags", "tag", "tags.read", "Settings", 34))
