"""What undo plugs into."""

from flask import Flask

from app.core import access, layout, reseal
from app.engine.changes import jobs  # noqa: F401 - registers its work
from app.engine.changes.access import PERMISSIONS
from app.engine.changes.routes import bp
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType

IMAGES = reseal.Documents(
    "changed_rows",
    ("change_set_id", "table_name", "row_key"),
    ("before", "after"),
    "table_name AS of_table, row_key AS row_id",
)
UNDONE = {"change_set_id": str, "label": str, "rows": int, "kept": int, "is_many": bool}


def add(app: Flask) -> None:
    """Add the pages, the rights and the event."""
    access.declare(*PERMISSIONS)
    catalogue.declare(EventType("change.undone", "Undone", UNDONE))
    reseal.add_documents(IMAGES)
    app.register_blueprint(bp)
    layout.add_nav(layout.NavItem("Changes", "/changes", "arrow-back-up", "changes.undo", "Settings", 15))
    layout.add_command("changes.undo", layout.Hit("Undo something", "/changes", "arrow-back-up"))
