"""What conversations leave to workers."""

from uuid import UUID

from app.conversations import telling
from app.core import jobs


@jobs.job(telling.TELL_CLOSE)
def tell_close(channel_id: str, key: str) -> None:
    """Tell a customer that their conversation was closed, if it still is."""
    telling.tell_close(UUID(channel_id), key)
