"""What push plugs into."""

from flask import Flask

from app.engine.events import catalogue
from app.engine.push import actions, figures, routes  # noqa: F401 - figures are collected


def add(app: Flask) -> None:
    """Add the service worker and the devices; whoever may not sign in is told nothing."""
    app.register_blueprint(routes.bp)
    catalogue.subscribe(
        "push.close", "customer.deactivated", "employee.deactivated", handler=actions.follow_deactivation
    )
