"""What products plug into."""

from flask import Flask

from app.core import access
from app.engine.events import catalogue
from app.products.access import PERMISSIONS
from app.products.events import TYPES


def add(_app: Flask) -> None:
    """Declare what may be done to products and what is told of it."""
    access.declare(*PERMISSIONS)
    catalogue.declare(*TYPES)
