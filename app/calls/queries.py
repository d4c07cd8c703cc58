"""Finding calls, accounts, and whose number it is."""

from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, Uuid, and_, bindparam, exists, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from app.calls.access import visible_to
from app.calls.models import ORDER, Call, PhoneAccount, RingingChoice
from app.calls.providers.base import Account, PhoneProvider
from app.calls.providers.twilio import PROVIDERS
from app.core.access import Actor
from app.core.crypto import keyring
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.core.known import Known
from app.core.paging import Order, Page, keyset
from app.people import details
from app.people.models import Customer, Employee

NEWEST_FIRST = Order((Call.started_at, Call.call_id), "When", descending=True)
_said = func.jsonb_build_object(
    "rings",
    and_(Employee.phone_index.is_not(None), exists().where(PhoneAccount.is_enabled)),
    "opens_customer",
    func.coalesce(RingingChoice.opens_customer, False),
    type_=JSONB,
)
RINGING: ColumnElement[dict[str, bool]] = (
    select(_said)
    .select_from(Employee)
    .outerjoin(RingingChoice, RingingChoice.person_id == Employee.person_id)
    .where(Employee.person_id == bindparam("person_id", type_=Uuid()))
    .scalar_subquery()
)
"""Whether every page of the employee `:person_id` rings: `rings` with a number of their own where there is a provider;
`opens_customer` where they chose that."""


def get_provider(key: str) -> PhoneProvider:
    """A provider. Raises: NotFound."""
    if key not in PROVIDERS:
        raise NotFound
    return PROVIDERS[key]


def find_account(provider: str) -> PhoneAccount | None:
    """The shop's account with a provider."""
    return db.session.scalar(select(PhoneAccount).where(PhoneAccount.provider == provider))


def find_usable() -> PhoneAccount | None:
    """The account that calls are made with."""
    return db.session.scalar(select(PhoneAccount).where(PhoneAccount.is_enabled).limit(1))


def has_provider() -> bool:
    """Whether somebody carries the shop's calls, as every process knows it."""
    return _has_provider.get()


_has_provider = Known(lambda: find_usable() is not None)


def opened(account: PhoneAccount) -> Account:
    """An account with its secret unsealed, for as long as it is used."""
    base_url = current_app.extensions["rapport"].twilio_url
    return Account(account.account_sid, account.token or "", account.number, base_url)


def find_customer(number: str) -> Customer | None:
    """The customer with a phone number, as providers write it."""
    try:
        plain = details.phone(number, details.NO_COUNTRY)
    except Invalid:
        return None
    if plain is None:
        return None
    index = keyring.blind_index(plain, "people.phone")
    found = select(Customer).where(Customer.phone_index == index, Customer.erased_at.is_(None))
    return db.session.scalars(found.order_by(Customer.created_at).limit(1)).first()


def get_call(call_id: UUID) -> Call:
    """One call. Raises: NotFound."""
    call = db.session.get(Call, call_id)
    if call is None:
        raise NotFound
    return call


def get_call_for(actor: Actor, call_id: UUID) -> Call:
    """The door to one call. Raises: NotFound when not there or not visible to this actor."""
    call = db.session.scalar(select(Call).where(Call.call_id == call_id, visible_to(actor)))
    if call is None:
        raise NotFound
    return call


def hold_call(provider: str, sid: str) -> Call | None:
    """A call by its provider's name for it, held until the commit."""
    found = select(Call).where(Call.provider == provider, Call.sid == sid).with_for_update()
    return db.session.scalar(found.execution_options(populate_existing=True))


def list_answering() -> list[UUID]:
    """Whose pages an incoming call rings on: agents, managers, and whoever else said a number of their own."""
    takes_calls = or_(Employee.role.in_(("agent", "manager")), Employee.phone_index.is_not(None))
    active = select(Employee.person_id).where(Employee.deactivated_at.is_(None), Employee.erased_at.is_(None))
    return list(db.session.scalars(active.where(takes_calls)))


def opens_customer(person_id: UUID | None) -> bool:
    """Whether an employee wants the customer's page opened when the phone rings."""
    chosen = select(RingingChoice.opens_customer).where(RingingChoice.person_id == person_id)
    return bool(db.session.scalar(chosen))


def page_of_calls(actor: Actor, *, customer_id: UUID | None = None, cursor: str = "", size: int = 25) -> Page[Call]:
    """The calls this actor may see by pages, the newest first."""
    query = select(Call).where(visible_to(actor))
    if customer_id is not None:
        query = query.where(Call.customer_id == customer_id)
    return keyset(query, orders={"at": NEWEST_FIRST}, sort="at", cursor=cursor, size=size).scalars()


def is_later(state: str, before: str) -> bool:
    """A call moves on from one state to another; it never goes back, and never from one end to another."""
    return ORDER.index(before) < ORDER.index("completed") and ORDER.index(state) > ORDER.index(before)
