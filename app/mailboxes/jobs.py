"""Fetching mail in the background."""

from uuid import UUID

from app.core import jobs
from app.mailboxes.actions import polling


@jobs.job(polling.JOB)
def fetch(mailbox_id: str) -> dict[str, int]:
    """Take in what is new in one mailbox."""
    return {"taken in": polling.fetch(UUID(mailbox_id))}
