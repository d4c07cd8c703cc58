"""What people are told about, and by which ways they want to hear of it."""

from dataclasses import dataclass

from app.engine.push.sending import Urgency

WAYS = {"bell": "Bell", "mail": "Mail", "push": "Devices"}
EVERY_WAY = frozenset(WAYS)


@dataclass(frozen=True)
class Topic:
    """A kind of notice that employees choose ways for. `prefixes`: how the keys of its notices begin.

    `usual`: the ways of whoever chose none. Devices are a way only for those who switched one on.
    """

    key: str
    label: str
    about: str
    prefixes: tuple[str, ...]
    usual: frozenset[str] = frozenset(("bell", "push"))
    urgency: Urgency = "normal"


TOPICS: dict[str, Topic] = {}
OTHER = Topic("", "", "", ())
_by_prefix: dict[str, Topic] = {}


def add_topic(topic: Topic) -> None:
    """Let people choose how they hear of one more thing."""
    TOPICS[topic.key] = topic
    _by_prefix.update(dict.fromkeys(topic.prefixes, topic))


def topic_of(notice_key: str) -> Topic:
    """What a notice is about, by the beginning of its key; one of its own for what nobody chooses about."""
    return _by_prefix.get(notice_key.partition(":")[0], OTHER)
