"""What accounts plug into."""

from flask import Flask

from app.accounts import jobs  # noqa: F401 - registers its jobs
from app.accounts.access import PERMISSIONS
from app.accounts.routes import entry
from app.core import access


def add(app: Flask) -> None:
    """Let people in."""
    access.declare(*PERMISSIONS)
    app.register_blueprint(entry.bp)
