"""What messages leave to workers."""

from typing import Any
from uuid import UUID

from app.core import jobs
from app.reach.messages.actions import testing


@jobs.job(testing.JOB)
def send_test(version_id: str, channel: str, locale: str, about: str | None, to: str) -> dict[str, Any]:
    """Send a message to who wrote it."""
    outcome = testing.send_test(UUID(version_id), channel, locale, UUID(about) if about else None, UUID(to))
    return {"state": outcome.state, "words": outcome.words}
