"""What custom fields plug into."""

from flask import Flask

from app.core import access, edge, jobs, layout, reseal
from app.engine.custom_fields import bulk, definitions, kinds
from app.engine.custom_fields import jobs as _jobs  # noqa: F401 - registers its work
from app.engine.custom_fields.access import PERMISSIONS
from app.engine.custom_fields.routes import bp
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType


def add(app: Flask) -> None:
    """Add the settings page. Packages say which of their records have fields."""
    access.declare(*PERMISSIONS)
    catalogue.declare(EventType("custom_fields.changed", "Custom fields changed", {"kind": str, "key": str}))
    reseal.look_within("custom", kinds.seal_again)
    definitions.when_changed(kinds.tell)
    definitions.when_changed(bulk.tell)
    edge.add_gate(app, definitions.refresh)
    jobs.before_each(definitions.refresh)
    app.register_blueprint(bp)
    page = layout.NavItem(
        "Custom fields", "/settings/fields", "adjustments-horizontal", "fields.manage", "Settings", 38
    )
    layout.add_nav(page)
