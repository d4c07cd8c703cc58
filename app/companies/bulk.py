"""What can be done to many companies at once, and how many customers are put into one."""

from collections.abc import Collection
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from app.companies import actions, details
from app.companies.actions import LABELS
from app.companies.models import Company
from app.core.db import db, one_of
from app.engine.bulk.kinds import BulkField, Work, edit_action
from app.engine.events import actions as events
from app.people import bulk as people
from app.people import details as of_people

PATH = "/companies"


def present(work: Work) -> Collection[UUID]:
    """Those of some companies that are there, held until the end."""
    query = select(Company.company_id).where(one_of(Company.company_id, work.ids))
    return db.session.scalars(query.order_by(Company.company_id).with_for_update()).all()


def _write(column: str, work: Work, value: Any) -> Collection[UUID]:
    """Set one column where it holds something else."""
    known = getattr(Company, column)
    statement = (
        update(Company)
        .where(one_of(Company.company_id, work.ids), known.is_distinct_from(value))
        .values({column: value})
        .returning(Company.company_id)
    )
    changed = db.session.scalars(statement.execution_options(synchronize_session=False)).all()
    events.emit_many("company.updated", [(one, {"fields": [column]}) for one in changed], actor=work.actor)
    return changed


def _put_into(work: Work, name: str) -> Collection[UUID]:
    """Let many customers work for one company, made when there is none of this name."""
    company_id = actions.find_or_add([name], actor=work.actor)[name] if name else None
    return people.write(work, "company_id", company_id)


def _write_owner(work: Work, value: Any) -> Collection[UUID]:
    return _write("owner_id", work, UUID(value) if value else None)


FIELDS = (
    BulkField("owner_id", LABELS["owner_id"], people.read_owner, _write_owner, people.owners),
    BulkField("industry", "Industry", details.industry, partial(_write, "industry")),
    BulkField("country", "Country", of_people.name, partial(_write, "country")),
)
EDIT = edit_action(PATH, permission="companies.edit", present=present)
OF_CUSTOMERS = BulkField("company_id", "Company", of_people.name, _put_into)
