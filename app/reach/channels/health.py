"""How providers are: what they last refused everything for."""

from uuid import UUID

from sqlalchemy import text

from app.core.db import db

# Only a change is written: workers come by here with every chunk.
NOTE = text("UPDATE reach_providers SET problem = :words WHERE provider_id = :provider_id AND problem <> :words")


def note(provider_id: UUID | None, words: str) -> None:
    """Write down why a provider takes nothing, or, without words, that it does again."""
    if provider_id is not None:
        db.session.execute(NOTE, {"provider_id": provider_id, "words": words})
