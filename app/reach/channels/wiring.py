"""What channels plug into."""

from flask import Flask

from app.reach.channels import email  # noqa: F401 - registers itself


def add(_app: Flask) -> None:
    """Let people be reached."""
