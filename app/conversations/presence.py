"""Who looks at a conversation and who writes in it just now: told at once, kept nowhere but in Redis, gone by itself.

Employees see each other and the customer; the customer sees that an employee writes an answer, by first name, and
nothing of notes or of who looks. Without Redis nobody sees anything, and all else goes on.
"""

import json
import time
from dataclasses import asdict, dataclass
from uuid import UUID

from redis import Redis

from app.core.access import Actor
from app.core.redis import redis

TOPIC = "rapport:presence"
LOOKS_SECONDS = 45
DOING = ("looking", "typing", "noting", "gone")


@dataclass(frozen=True)
class Sign:
    """That somebody does something in a channel. `doing`: one of `DOING`."""

    channel: str
    person: str
    name: str
    is_staff: bool
    doing: str

    def told_to(self, actor: Actor) -> dict[str, object] | None:
        """What an open page of somebody is told of it, None for nothing."""
        if self.person == str(actor.id):
            return None
        if actor.is_staff:
            return {"person": self.person, "name": self.name, "doing": self.doing, "staff": self.is_staff}
        if self.is_staff and self.doing in ("typing", "gone"):
            return {"person": "staff", "name": self.name.split(" ")[0], "doing": self.doing, "staff": True}
        return None


def show(channel_id: UUID, actor: Actor, doing: str) -> None:
    """Let whoever has the channel open know what somebody does there."""
    if doing not in DOING or actor.id is None:
        return
    sign = Sign(str(channel_id), str(actor.id), actor.name, actor.is_staff, doing)
    if actor.is_staff:
        redis.attempt(lambda client: _keep(client, sign), None)
    redis.publish(TOPIC, json.dumps(asdict(sign)))


def list_lookers(channel_id: UUID, actor: Actor) -> list[str]:
    """The names of the colleagues who have a channel open now."""
    found: list[bytes] = redis.attempt(
        lambda client: client.zrangebyscore(_place(str(channel_id)), time.time(), "+inf"), []
    )
    known = [json.loads(one) for one in found]
    return [name for person, name in known if person != str(actor.id)]


def read(data: bytes) -> Sign:
    """What `show` told."""
    return Sign(**json.loads(data))


def _keep(client: Redis, sign: Sign) -> None:
    place, member = _place(sign.channel), json.dumps([sign.person, sign.name])
    with client.pipeline(transaction=False) as pipe:
        pipe.zremrangebyscore(place, 0, time.time())
        if sign.doing == "gone":
            pipe.zrem(place, member)
        else:
            pipe.zadd(place, {member: time.time() + LOOKS_SECONDS})
        pipe.expire(place, LOOKS_SECONDS)
        pipe.execute()


def _place(channel: str) -> str:
    return f"looking:{channel}"
