"""What reach plugs into."""

from flask import Flask

from app.core import access
from app.reach import disclosed
from app.reach.access import PERMISSIONS


def add(_app: Flask) -> None:
    """Add the rights, and what a copy for a customer says."""
    access.declare(*PERMISSIONS)
    disclosed.add()
