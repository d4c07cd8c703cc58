"""What sales plug into."""

from flask import Flask

from app.core import access
from app.engine.events import catalogue
from app.engine.imports import kinds
from app.sales import imports
from app.sales.access import PERMISSIONS
from app.sales.cli import sales
from app.sales.events import TYPES


def add(app: Flask) -> None:
    """Declare what may be done in sales and what is told of it."""
    access.declare(*PERMISSIONS)
    kinds.add_kind(imports.KIND)
    catalogue.declare(*TYPES)
    app.cli.add_command(sales)
