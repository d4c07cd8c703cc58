"""The doorbell: after a commit, tell every web process which channel changed."""

import json
from collections.abc import Iterable
from uuid import UUID

from app.core.redis import publish_after_commit

TOPIC = "rapport:conversations"


def ring(channel_id: UUID, people: Iterable[UUID], *, queue: bool = False) -> None:
    """Ring once the present transaction is committed. `people` take part; `queue`: who waits has changed."""
    message = json.dumps({"channel": str(channel_id), "people": [str(one) for one in people], "queue": queue})
    publish_after_commit(TOPIC, message)


def ring_for_call(people: Iterable[UUID], *, key: str, name: str = "", path: str = "") -> None:
    """Let the open pages of some employees ring, once the present transaction is committed; without a path, no more."""
    message = json.dumps({"call": {"key": key, "name": name, "path": path}, "people": [str(one) for one in people]})
    publish_after_commit(TOPIC, message)
