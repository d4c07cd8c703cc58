"""Forgetting who a customer was before they proved to be one."""

from sqlalchemy import delete, update

from app.core.db import db
from app.engine.events.models import Event
from app.widget import sessions
from app.widget.models import Visitor, WidgetCode, WidgetLink, WidgetSession


def forget_customer(event: Event) -> None:
    """Of an erased customer, forget what they said of themselves as a visitor; their browsers speak for nobody."""
    customer_id = event.subject_id
    visitors = [one.person_id for one in db.session.query(Visitor).filter(Visitor.became_id == customer_id)]
    people = [customer_id, *visitors]
    sessions.end(WidgetSession.person_id.in_(people))
    for table in (WidgetCode, WidgetLink):
        db.session.execute(delete(table).where(table.person_id.in_(people)))  # type: ignore[attr-defined]
    blank = {"first_name": "Visitor", "claimed_email": None, "page": "", "page_title": ""}
    db.session.execute(update(Visitor).where(Visitor.person_id.in_(visitors)).values(blank))
