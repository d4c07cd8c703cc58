"""The rate limit: so many requests per key, or per address without one, counted over all processes."""

from dataclasses import dataclass

from flask import Response, current_app, g
from limits import parse

from app.core import limits, web
from app.core.access import actor
from app.core.errors import TooManyRequests


@dataclass(frozen=True)
class Rate:
    """What is left of the limit. Units: requests, and seconds until there is room for one more."""

    limit: int
    left: int
    wait_seconds: int


def check() -> None:
    """Count this request. Raises: TooManyRequests."""
    if not web.is_api():
        return
    limit = current_app.extensions["rapport"].api_limit
    amount = parse(limit).amount
    key = actor().api_key_id
    identity = ("key", str(key)) if key else ("address", web.client_address())
    try:
        limits.hit(limit, "api", *identity)
    except TooManyRequests as refusal:
        g.rate = Rate(amount, 0, refusal.retry_after)
        raise
    g.rate = Rate(amount, *limits.room(limit, "api", *identity))


def add_headers(response: Response) -> Response:
    """Tell the program how much it has left."""
    rate: Rate | None = g.get("rate")
    if rate is not None:
        response.headers["RateLimit-Limit"] = str(rate.limit)
        response.headers["RateLimit-Remaining"] = str(rate.left)
        response.headers["RateLimit-Reset"] = str(rate.wait_seconds)
    return response
