"""What channels plug into."""

from flask import Flask

from app.reach.channels import email, push  # noqa: F401 - each registers itself
from app.reach.channels.routes import leaving


def add(app: Flask) -> None:
    """Add the ways to reach people, and the way out of it."""
    app.register_blueprint(leaving.bp)
    app.extensions["csrf"].exempt(leaving.leave)
