"""What views plug into."""

from flask import Flask

from app.core import access
from app.engine.views.access import PERMISSIONS
from app.engine.views.routes import bp


def add(app: Flask) -> None:
    """Add the pages. Packages whose lists have views say so by `actions.add_list`."""
    access.declare(*PERMISSIONS)
    app.register_blueprint(bp)
