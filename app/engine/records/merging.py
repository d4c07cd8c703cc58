"""When two records become one: whatever goes with the one that is given up follows."""

from collections.abc import Callable
from uuid import UUID

from app.engine.records.pages import EVERY_KIND

Follower = Callable[[str, UUID, UUID], None]

_followers: dict[str, list[Follower]] = {}


def follow(kind: str, follower: Follower) -> None:
    """Let `follower(kind, given_up_id, kept_id)` move what goes with a record of a kind, or of `EVERY_KIND`."""
    known = _followers.setdefault(kind, [])
    if follower not in known:
        known.append(follower)


def carry_over(kind: str, given_up_id: UUID, kept_id: UUID) -> None:
    """Move all that goes with one record to another one of its kind, in the present transaction."""
    for follower in [*_followers.get(EVERY_KIND, ()), *_followers.get(kind, ())]:
        follower(kind, given_up_id, kept_id)
