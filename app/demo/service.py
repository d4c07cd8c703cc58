"""When the demo shop is open."""

from datetime import date
from uuid import UUID

from app.accounts import sign_ins
from app.core.clock import now
from app.engine.hours import actions as hours

MORNING, AFTERNOON, SATURDAY = (9 * 60, 13 * 60), (14 * 60, 18 * 60), (10 * 60, 16 * 60)
NOON = 12 * 60


def open_shop(manager_id: UUID) -> None:
    """Set a week with a lunch break, and the holidays at the end of the year."""
    manager = sign_ins.actor_for(manager_id)
    assert manager is not None
    hours.set_week([(MORNING, AFTERNOON)] * 5 + [(SATURDAY,), ()], actor=manager)
    year = now().year
    for day, name, spans in (
        (date(year, 12, 24), "Christmas Eve", ((MORNING[0], NOON),)),
        (date(year, 12, 25), "Christmas Day", ()),
        (date(year + 1, 1, 1), "New Year’s Day", ()),
    ):
        hours.add_holiday(day, name, spans, actor=manager)
