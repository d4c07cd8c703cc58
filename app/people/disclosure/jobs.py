"""Writing copies in the background."""

from uuid import UUID

from app.core import jobs
from app.core.db import db
from app.people.disclosure import actions
from app.people.disclosure.models import Disclosure


@jobs.job(actions.MAKE_JOB)
def make(disclosure_id: str) -> None:
    """Write one copy; asked twice, it is written once."""
    asked = db.session.get(Disclosure, UUID(disclosure_id), with_for_update=True)
    if asked is not None:
        actions.make(asked)
