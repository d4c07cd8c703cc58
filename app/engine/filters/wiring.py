"""What filters plug into."""

from flask import Flask

from app.core import access
from app.engine.filters import words
from app.engine.filters.access import PERMISSIONS
from app.engine.filters.routes import bp


def add(app: Flask) -> None:
    """Add the builder. Packages register what can be asked."""
    access.declare(*PERMISSIONS)
    app.register_blueprint(bp)
    currency = app.extensions["rapport"].currency
    app.add_template_filter(lambda wanted: words.sentence(wanted, currency), "in_words")
