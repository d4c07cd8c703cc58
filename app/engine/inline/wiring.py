"""What editing in place plugs into."""

from flask import Flask

from app.engine.inline.routes import bp
from app.engine.inline.sheets import edits_in_place


def add(app: Flask) -> None:
    """Add the addresses. Packages add their sheets."""
    app.register_blueprint(bp)
    app.jinja_env.globals["edits_in_place"] = edits_in_place
