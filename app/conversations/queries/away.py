"""What somebody who writes now may expect: an answer at once, or a promise made of the opening hours."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.conversations.models import Channel
from app.core.clock import now
from app.engine.hours.queries import shop_hours
from app.engine.hours.times import OpeningHours

OFFER_AFTER_MINUTES = 5
A_WEEK = 7


@dataclass(frozen=True)
class Outlook:
    """Whether somebody is there. `promise`: from when, in words; "" where none can be made."""

    is_open: bool
    waits_too_long: bool
    promise: str

    @property
    def is_away(self) -> bool:
        """Time to offer that the answer comes by mail."""
        return not self.is_open or self.waits_too_long


def outlook(channel: Channel | None = None, offer_after_minutes: int = OFFER_AFTER_MINUTES) -> Outlook:
    """What to expect now, for whoever waits in a channel or is about to write."""
    return look_ahead(shop_hours(), now(), channel, offer_after_minutes)


def look_ahead(hours: OpeningHours, moment: datetime, channel: Channel | None, offer_after_minutes: int) -> Outlook:
    """The same for given hours and a given moment. Waiting counts in opening time only."""
    opens_at = hours.next_opening(moment)
    is_open = opens_at == moment
    since = channel.waiting_since if channel is not None and channel.is_waiting else None
    waited = hours.seconds_between(since, moment) if since is not None else 0
    promise = "" if is_open or opens_at is None else in_words(opens_at, moment, hours.zone)
    return Outlook(is_open, is_open and waited >= offer_after_minutes * 60, promise)


def in_words(opens_at: datetime, moment: datetime, zone: ZoneInfo) -> str:
    """When the shop opens, as it would be said now: "today from 14:00", "Monday from 9:00"."""
    there, here = opens_at.astimezone(zone), moment.astimezone(zone)
    days = (there.date() - here.date()).days
    if days < A_WEEK:
        day = ("today", "tomorrow")[days] if days < 2 else f"{there:%A}"
    else:
        day = f"{there:%A}, {there.day} {there:%B}"
    return f"{day} from {there.hour}:{there:%M}"
