"""The doorbell: after a commit, tell every web process which channel changed."""

import json
from collections.abc import Iterable
from uuid import UUID

from app.core.db import after_commit
from app.core.redis import redis

TOPIC = "rapport:conversations"


def ring(channel_id: UUID, people: Iterable[UUID], *, queue: bool = False) -> None:
    """Ring once the present transaction is committed. `people` take part; `queue`: who waits has changed."""
    message = json.dumps({"channel": str(channel_id), "people": [str(one) for one in people], "queue": queue})
    after_commit(lambda: redis.publish(TOPIC, message))


def ring_for_call(people: Iterable[UUID], *, name: str, path: str) -> None:
    """Let the open pages of some employees ring, once the present transaction is committed."""
    message = json.dumps({"call": {"name": name, "path": path}, "people": [str(one) for one in people]})
    after_commit(lambda: redis.publish(TOPIC, message))
