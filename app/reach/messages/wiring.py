"""What messages plug into."""

from flask import Flask

from app.core import layout
from app.core.access import Actor
from app.engine.events import catalogue
from app.reach.messages import jobs, queries  # noqa: F401 - registers its job
from app.reach.messages.events import TYPES
from app.reach.messages.routes import templates, types


def add(app: Flask) -> None:
    """Add the pages of message types and templates."""
    catalogue.declare(*TYPES)
    app.register_blueprint(types.bp)
    app.register_blueprint(templates.bp)
    layout.add_nav(layout.NavItem("Templates", templates.PATH, "template", "reach.read", "Growth", 20))
    layout.add_search(layout.SearchSource("Templates", "reach.read", _search))


def _search(_actor: Actor, words: str, limit: int) -> list[layout.Hit]:
    found = queries.page_of_templates(words=words, size=limit).rows
    return [
        layout.Hit(row.template.name, f"{templates.PATH}/{row.template.template_id}", "template", row.type_name)
        for row in found
    ]
