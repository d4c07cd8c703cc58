"""What the demo plugs into."""

from flask import Flask

from app.demo.cli import group


def add(app: Flask) -> None:
    """Add the commands that make companies."""
    app.cli.add_command(group)
