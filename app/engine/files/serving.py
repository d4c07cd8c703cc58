"""Sending contents from the store: nothing in them runs, wherever they are opened."""

from pathlib import Path

from flask import Response, send_file

from app.core.errors import NotFound
from app.engine.files import store
from app.engine.files.models import File

NOTHING_RUNS = "sandbox; default-src 'none'"


def send(file: File) -> Response:
    """A file, to keep. Raises: NotFound when its content is gone."""
    return _sent(store.path_of(file.stored_as), file.media_type, file.name)


def send_preview(file: File) -> Response:
    """The small picture of a file. Raises: NotFound without one."""
    return _sent(store.preview_path(file.stored_as), "image/webp")


def _sent(path: Path, media_type: str, name: str | None = None) -> Response:
    if not path.is_file():
        raise NotFound
    answer = send_file(path, media_type, as_attachment=name is not None, download_name=name, max_age=0)
    answer.headers["Content-Security-Policy"] = NOTHING_RUNS
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
