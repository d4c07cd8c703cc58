"""What codes plug into."""

from flask import Flask

from app.core import access, layout
from app.engine.codes import cli, jobs
from app.engine.codes.access import PERMISSIONS
from app.engine.codes.routes import bp
from app.engine.events import catalogue
from app.engine.events.catalogue import EventType


def add(app: Flask) -> None:
    """Add the pages and the command. Packages register the fields."""
    access.declare(*PERMISSIONS)
    catalogue.declare(EventType("codes.changed", "Codes or bands changed", {"field": str}))
    catalogue.subscribe("codes.forget_values", "customer.erased", handler=jobs.forget_values)
    app.register_blueprint(bp)
    app.cli.add_command(cli.data_quality)
    layout.add_nav(layout.NavItem("Data quality", "/data-quality", "tags", "codes.edit", "Settings", 35))
