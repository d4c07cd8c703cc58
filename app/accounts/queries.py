"""Reading accounts."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from app.accounts.models import ApiKey, SignIn
from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.people.models import Customer, Employee, person_registry

Account = Customer | Employee


def find_by_email(email: str) -> Account | None:
    """Whoever has this address, in any spelling of its case."""
    key = func.lower(email.strip())
    row = db.session.execute(select(person_registry).where(person_registry.c.email_key == key)).one_or_none()
    return None if row is None else find_account(row.person_id, row.kind)


def find_account(person_id: UUID, kind: str | None = None) -> Account | None:
    """A customer or an employee by id."""
    if kind is None:
        kind = db.session.scalar(select(person_registry.c.kind).where(person_registry.c.person_id == person_id))
    return db.session.get(Employee, person_id) if kind == "employee" else db.session.get(Customer, person_id)


def get_account(actor: Actor) -> Account:
    """The account of whoever acts. Raises: NotFound for the system and for nobody."""
    account = None if actor.id is None else find_account(actor.id, actor.kind)
    if account is None:
        raise NotFound
    return account


def list_sign_ins(person_id: UUID) -> Sequence[SignIn]:
    """Where a person is signed in, the latest first."""
    return db.session.scalars(
        select(SignIn).where(SignIn.person_id == person_id, SignIn.ended_at.is_(None)).order_by(SignIn.seen_at.desc())
    ).all()


def list_api_keys(owner_id: UUID) -> Sequence[ApiKey]:
    """A person's keys, the newest first."""
    return db.session.scalars(
        select(ApiKey).where(ApiKey.owner_id == owner_id).order_by(ApiKey.created_at.desc())
    ).all()
