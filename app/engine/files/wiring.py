"""What files plug into."""

from collections.abc import Iterable

from flask import Flask
from flask_wtf import CSRFProtect

from app.core import access, metrics
from app.engine.events import catalogue
from app.engine.files import queries
from app.engine.files.access import PERMISSIONS
from app.engine.files.events import TYPES
from app.engine.files.routes import add_files, bp
from app.engine.records import pages

UNITS = ("bytes", "kB", "MB", "GB", "TB")


def add(app: Flask) -> None:
    """Add the pages, and files to the page of every kind of record."""
    access.declare(*PERMISSIONS)
    catalogue.declare(*TYPES)
    app.register_blueprint(bp)
    protection: CSRFProtect = app.extensions["csrf"]
    protection.exempt(add_files)  # its form checks the token, after allowing the larger body
    app.jinja_env.filters["file_size"] = file_size
    files = pages.Panel("files", "Files", "files.read", "files/_panel.html", rows=queries.rows_of, position=75)
    pages.add_panel(pages.EVERY_KIND, files)


def file_size(size_bytes: int) -> str:
    """A size as people say it: "1.4 MB"."""
    size, unit = float(size_bytes), 0
    while size >= 999.5 and unit < len(UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.1f} {UNITS[unit]}" if 0 < size < 10 and unit else f"{size:.0f} {UNITS[unit]}"


@metrics.collector
def collect() -> Iterable[tuple[str, str, dict[str, str], float]]:
    """How much the store holds, for the metrics page."""
    total = queries.total()
    yield "rapport_files", "Contents of files in the store", {}, total.number
    yield "rapport_files_bytes", "Size of the contents in the store", {}, total.size_bytes
