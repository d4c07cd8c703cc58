"""The indexes of long lists, in the background."""

from app.core import jobs
from app.engine.custom_fields import indexes


@jobs.job(indexes.JOB)
def arrange_indexes() -> dict[str, int]:
    """Make what is missing, drop what is not needed."""
    return {"made": indexes.arrange()}
