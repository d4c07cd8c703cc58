"""The search among everybody."""

from app.core import jobs
from app.core.db import limited
from app.people.duplicates import finding


@jobs.job("duplicates.find")
def find() -> None:
    """Find every pair of customers who are alike."""
    jobs.report(0, None, "Comparing everybody")
    with limited(statement_timeout=finding.LONGEST, work_mem="64MB"):
        finding.find_all()
