"""What answers plug into."""

from flask import Flask

from app.engine.answers import jobs  # noqa: F401 - registers its work


def add(app: Flask) -> None:
    """Nothing but the job: packages register what they count."""
