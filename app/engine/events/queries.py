"""Reading what happened."""

from sqlalchemy import Select, select

from app.engine.events.models import Event


def with_correlation(correlation_id: str) -> Select[Event]:
    """Every event of one request, job or command, in order."""
    return select(Event).where(Event.correlation_id == correlation_id).order_by(Event.event_id)
