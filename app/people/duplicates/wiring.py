"""What duplicates plug into."""

from flask import Flask

from app.core import access, layout
from app.core.errors import NotFound
from app.core.reseal import Documents, add_documents
from app.engine.events import catalogue
from app.engine.records import pages
from app.people.disclosure import parts as disclosure
from app.people.duplicates import cli as _cli  # noqa: F401 - adds its command to that of people
from app.people.duplicates import events, queries
from app.people.duplicates import jobs as _jobs  # noqa: F401 - registers the job
from app.people.duplicates.access import PERMISSIONS
from app.people.duplicates.routes import bp, lead_to_winner

WINNERS = Documents("merges", ("merge_id",), ("before", "after"), "'customers' AS of_table, winner_id::text AS row_id")
LOSERS = Documents(
    "merged_people", ("merge_id", "loser_id"), ("content",), "'customers' AS of_table, loser_id::text AS row_id"
)


def add(app: Flask) -> None:
    """Add the pages, the right, the events and the panel."""
    access.declare(*PERMISSIONS)
    catalogue.declare(*events.TYPES)
    catalogue.subscribe("duplicates.follow", *events.HEARD, handler=events.follow)
    catalogue.subscribe("duplicates.follow_import", "import.finished", handler=events.follow_import)
    add_documents(WINNERS, LOSERS)
    app.register_blueprint(bp)
    app.register_error_handler(NotFound, lead_to_winner)
    layout.add_command("customers.merge", layout.Hit("Find duplicate customers", "/customers/duplicates", "users"))
    alike = pages.Panel(
        "alike",
        "May be the same person",
        "customers.merge",
        "duplicates/_alike.html",
        rows=queries.alike_rows,
        position=15,
    )
    pages.add_panel("customer", alike)
    disclosure.leave_out("a guess about who may be the same person, which nobody has decided", "duplicate_pairs")
