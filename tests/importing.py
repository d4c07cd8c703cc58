"""Bringing files in, as tests need it."""

import io
from pathlib import Path
from typing import Any

from sqlalchemy import text
from werkzeug.test import TestResponse

from app.core.access import SYSTEM
from app.core.db import db
from app.engine.imports import actions
from app.engine.imports.models import Import
from tests.browser_client import Browser

FILES = Path(__file__).parent / "files"


def bring_in(
    kind: str, content: str | bytes, *, dry_run: bool = False, source_text: str = "", **mapping: int
) -> Import:
    """Upload and carry out at once, as the command does."""
    raw = content.encode() if isinstance(content, str) else content
    made = actions.upload(kind, f"{kind}.csv", io.BytesIO(raw), actor=SYSTEM)
    if mapping:
        actions.set_mapping(made, {**made.mapping, **mapping})
    actions.set_source_text(made, source_text)
    actions.prepare(made, dry_run=dry_run)
    db.session.commit()
    actions.carry_out(made, actor=SYSTEM, tell=lambda *_told: None)
    db.session.commit()
    return made


def counts(made: Import) -> dict[str, int]:
    """The counts that are not zero."""
    return {outcome: count for outcome, count in made.report["counts"].items() if count}


def reasons(made: Import) -> dict[int, str]:
    """Why rows were left out, by their lines."""
    query = "SELECT line, reason FROM import_rows WHERE import_id = :id AND outcome = 'rejected' ORDER BY line"
    return {row[0]: row[1] for row in db.session.execute(text(query), {"id": made.import_id})}


def send(browser: Browser, content: str | bytes, kind: str = "customers", name: str = "file.csv") -> TestResponse:
    """Post the upload form."""
    raw = content.encode() if isinstance(content, str) else content
    return browser.post("/imports", {"kind": kind, "file": (io.BytesIO(raw), name)})


def address_of(answer: TestResponse) -> str:
    """Where the import lives that an upload made."""
    assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]
    return answer.headers["Location"].removesuffix("/reading")


def row_values(made: Import) -> list[Any]:
    """What is kept of the file's cells."""
    query = 'SELECT "values" FROM import_rows WHERE import_id = :id AND "values" IS NOT NULL'
    return list(db.session.scalars(text(query), {"id": made.import_id}))
