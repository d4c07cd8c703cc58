"""What insights plug into."""

from flask import Flask

from app.core import access, layout
from app.insights import words
from app.insights.access import PERMISSIONS
from app.insights.routes import bp
from app.insights.service.routes import bp as service


def add(app: Flask) -> None:
    """Add the pages and their place in the rail."""
    access.declare(*PERMISSIONS)
    app.register_blueprint(bp)
    app.register_blueprint(service)
    app.add_template_global(words.figure_value)
    app.add_template_global(words.figure_basis)
    layout.add_nav(layout.NavItem("Today", "/", "home", "performance.read", "Day", 10))
    layout.add_nav(layout.NavItem("Funnel", "/funnel", "filter", "funnel.read", "Insight", 20))
    layout.add_nav(layout.NavItem("Revenue", "/revenue", "chart-line", "transactions.read", "Insight", 15))
    layout.add_nav(layout.NavItem("Service", "/insights", "activity", "performance.read", "Insight", 12))
    layout.add_nav(layout.NavItem("Performance", "/performance", "report-analytics", "performance.read", "Insight", 10))
