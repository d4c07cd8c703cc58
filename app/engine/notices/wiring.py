"""What notices plug into."""

from flask import Flask

from app.core import layout
from app.engine.notices import delivery, queries, routes  # noqa: F401 - delivery registers its job


def add(app: Flask) -> None:
    """Let the bell count and open."""
    app.register_blueprint(routes.bp)
    layout.count_unread_with(queries.UNREAD)
