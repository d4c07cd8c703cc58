"""The rate limit: so many requests per key, or per address without one, counted over all processes."""

from flask import Response, current_app, g, request

from app.accounts import keys
from app.core import limits, web
from app.core.access import actor
from app.core.errors import TooManyRequests
from app.core.limits import Room


def check() -> None:
    """Count this request, before Redis is asked anything else if its key is known here. Raises: TooManyRequests."""
    if not web.is_api():
        return
    key = keys.met(request.headers.get("Authorization", "")) or actor().api_key_id
    identity = ("key", str(key)) if key else ("address", web.client_address())
    try:
        g.room = limits.hit(_limit(), "api", *identity)
    except TooManyRequests as refusal:
        g.room = Room(0, refusal.retry_after)
        raise


def add_headers(response: Response) -> Response:
    """Tell the program how much it has left."""
    room: Room | None = g.get("room")
    if room is not None:
        response.headers["RateLimit-Limit"] = str(limits.parse(_limit()).amount)
        response.headers["RateLimit-Remaining"] = str(room.left)
        response.headers["RateLimit-Reset"] = str(room.wait_seconds)
    return response


def _limit() -> str:
    limit: str = current_app.extensions["rapport"].api_limit
    return limit
