"""What can be done to many companies at once, and how many customers are put into one."""

from collections.abc import Collection
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from app.companies import actions, details
from app.companies.actions import LABELS
from app.companies.models import Company
from app.core.db import db, one_of
from app.engine.bulk.columns import set_column
from app.engine.bulk.kinds import BulkField, Work, edit_action
from app.engine.events import actions as events
from app.people import bulk as people
from app.people import details as of_people
from app.people.models import Customer

PATH = "/companies"


def present(work: Work) -> Collection[UUID]:
    """Those of some companies that are there, held until the end."""
    query = select(Company.company_id).where(one_of(Company.company_id, work.ids))
    return db.session.scalars(query.order_by(Company.company_id).with_for_update()).all()


def _write(column: InstrumentedAttribute[Any], work: Work, value: Any) -> Collection[UUID]:
    """Set one column, and tell of each however many they are: segments of customers ask for it."""
    changed = set_column(work, column, value)
    events.emit_many("company.updated", [(one, {"fields": [column.key]}) for one in changed], actor=work.actor)
    return changed


def _put_into(work: Work, name: str) -> Collection[UUID]:
    """Let many customers work for one company, made when there is none of this name."""
    company_id = actions.find_or_add([name], actor=work.actor)[name] if name else None
    return people.write(work, Customer.company_id, company_id)


def _write_owner(work: Work, value: Any) -> Collection[UUID]:
    return _write(Company.owner_id, work, UUID(value) if value else None)


FIELDS = (
    BulkField("owner_id", LABELS["owner_id"], people.read_owner, _write_owner, people.owners),
    BulkField("industry", "Industry", details.industry, partial(_write, Company.industry)),
    BulkField("country", "Country", of_people.name, partial(_write, Company.country)),
)
EDIT = edit_action(PATH, permission="companies.edit", present=present)
OF_CUSTOMERS = BulkField("company_id", "Company", of_people.name, _put_into)
