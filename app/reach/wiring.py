"""What reach plugs into."""

from flask import Flask

from app.core import access
from app.reach.access import PERMISSIONS


def add(_app: Flask) -> None:
    """Add the rights."""
    access.declare(*PERMISSIONS)
