"""What Prometheus may know of push."""

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from app.core.clock import now
from app.core.db import db
from app.core.metrics import collector
from app.engine.push.models import Device

LATELY = timedelta(days=30)


@collector
def devices() -> Iterator[tuple[str, str, dict[str, str], float]]:
    """How many devices are reached by push, and how many were lately."""
    used = func.count().filter(Device.last_used_at > now() - LATELY)
    total, lately = db.session.execute(select(func.count(), used).select_from(Device)).one()
    yield "rapport_push_devices", "Devices that are reached by push", {"used": "any"}, total
    yield "rapport_push_devices", "Devices that are reached by push", {"used": "30d"}, lately
