"""The store: contents on disk, below the state folder, under names nobody can guess."""

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from flask import current_app

from app.core.errors import TooLarge

PIECE_BYTES = 1 << 20
NAME = re.compile(r"[0-9a-f]{32}")
PREVIEW = ".preview"
COMING = ".coming"


@dataclass(frozen=True)
class Kept:
    """What was written."""

    stored_as: str
    size_bytes: int
    sha256: str


def limit_bytes() -> int:
    """The most one file may have."""
    return int(current_app.extensions["rapport"].file_limit_mb) * 1024 * 1024


def keep(content: IO[bytes]) -> Kept:
    """Write a content, piece by piece; it has its name only once it is whole. Raises: TooLarge."""
    stored_as = secrets.token_hex(16)
    path = path_of(stored_as)
    path.parent.mkdir(parents=True, exist_ok=True)
    coming = path.with_suffix(COMING)
    digest, size = hashlib.sha256(), 0
    try:
        with coming.open("xb") as file:
            while piece := content.read(PIECE_BYTES):
                size += len(piece)
                if size > limit_bytes():
                    raise TooLarge(f"A file may have {limit_bytes() >> 20} MB at most.")
                digest.update(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        coming.replace(path)
    finally:
        coming.unlink(missing_ok=True)
    return Kept(stored_as, size, digest.hexdigest())


def keep_preview(stored_as: str, picture: bytes) -> None:
    """Write the small picture beside its content."""
    coming = path_of(stored_as).with_suffix(COMING)
    coming.write_bytes(picture)
    coming.replace(preview_path(stored_as))


def path_of(stored_as: str) -> Path:
    """Where a content lies. Raises: ValueError for a name the store did not give."""
    if not NAME.fullmatch(stored_as):
        raise ValueError("not a name of the store")
    return folder() / stored_as[:2] / stored_as


def preview_path(stored_as: str) -> Path:
    """Where a content's small picture lies."""
    return path_of(stored_as).with_suffix(PREVIEW)


def folder() -> Path:
    """The store's folder, which no web server serves."""
    return Path(current_app.extensions["rapport"].state_dir).resolve() / "files"


def remove(stored_as: str) -> None:
    """Remove a content and its small picture; what is gone already is no error."""
    path_of(stored_as).unlink(missing_ok=True)
    preview_path(stored_as).unlink(missing_ok=True)


def names_older_than(seconds: float) -> Iterator[str]:
    """The names of contents written longer ago than that."""
    before = time.time() - seconds
    for path in folder().glob("??/*"):
        if NAME.fullmatch(path.stem) and path.stat().st_mtime < before:
            yield path.stem
