"""What imports plug into."""

from flask import Flask
from flask_wtf import CSRFProtect

from app.core import access, layout
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType
from app.engine.imports import cli, jobs  # noqa: F401 - registers the job
from app.engine.imports.access import PERMISSIONS
from app.engine.imports.routes import bp, create_import


def add(app: Flask) -> None:
    """Add the pages, the command and the event."""
    access.declare(*PERMISSIONS)
    catalogue.declare(EventType("import.finished", "Import finished", {"kind": str, "counts": dict}))
    app.register_blueprint(bp)
    app.cli.add_command(cli.import_file)
    # The upload's form checks its token itself: only there is the larger body allowed.
    protection: CSRFProtect = app.extensions["csrf"]
    protection.exempt(create_import)
    layout.add_nav(layout.NavItem("Imports", "/imports", "file-import", "imports.run", "Settings", 20))
    layout.add_command("imports.run", layout.Hit("Import a file", "/imports/new", "file-import"))
