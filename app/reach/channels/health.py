"""How providers are: what they last refused everything for."""

from uuid import UUID

from sqlalchemy import text

from app.core.clock import now
from app.core.db import db

# Only a change is written: workers come by here with every chunk.
NOTE = text("UPDATE reach_providers SET problem = :words WHERE provider_id = :provider_id AND problem <> :words")


CHECKED = text("UPDATE reach_providers SET checked_at = :now WHERE provider_id = :provider_id")


def note(provider_id: UUID | None, words: str, *, is_checked: bool = False) -> None:
    """Write down why a provider takes nothing, or, without words, that it does again; and that somebody tried it."""
    if provider_id is not None:
        db.session.execute(NOTE, {"provider_id": provider_id, "words": words})
    if provider_id is not None and is_checked:
        db.session.execute(CHECKED, {"provider_id": provider_id, "now": now()})
