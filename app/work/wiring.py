"""What working through lists plugs into."""

from flask import Flask

from app.core import access, layout
from app.engine.events import catalogue
from app.engine.views import tools
from app.people.disclosure.parts import leave_out
from app.work import kinds
from app.work.access import PERMISSIONS
from app.work.events import TYPES
from app.work.routes import bp


def add(app: Flask) -> None:
    """Add the pages, the rights, the events, and a way in beside every list of records."""
    access.declare(*PERMISSIONS)
    leave_out("how staff went through lists", "work_runs", "work_steps")
    catalogue.declare(*TYPES)
    kinds.add()
    app.register_blueprint(bp)
    tools.add_tool(tools.ListTool("Work through", "/work/new", "work.run", "player-play", key="w"))
    layout.add_nav(layout.NavItem("Work through", "/work", "player-play", "work.run", "Day", 27, shortcut="w"))
