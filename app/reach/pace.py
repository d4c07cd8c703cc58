"""How fast messages go: as many a second as a provider takes, counted in one place for all workers."""

from app.core.redis import redis
from app.reach.channels.models import Provider

WORTH_WAITING = 0.5
FORGOTTEN_AFTER_MS = 86_400_000

# Each asks for its turn and gets the moment at which the ones before it are through, by Redis's own clock.
TURN = """
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local free = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%.6f', free + ARGV[1]), 'PX', ARGV[2])
return string.format('%.6f', free - now)
"""


def turn(provider: Provider | None, many: int) -> float:
    """Reserve the time that so many messages take; returns the seconds until it begins.

    Without Redis nobody counts, and a provider that is asked too much says so by itself.
    """
    if provider is None or not provider.per_second:
        return 0.0
    key, seconds = f"reach:turn:{provider.provider_id}", many / provider.per_second
    wait = redis.attempt(lambda client: client.eval(TURN, 1, key, str(seconds), str(FORGOTTEN_AFTER_MS)), b"0")
    return float(wait)
