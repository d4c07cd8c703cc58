"""What a copy for a customer says of their account."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.accounts.models import ApiKey, SignIn
from app.people.disclosure.parts import Part, add_part, leave_out

Rows = Select[*tuple[Any, ...]]


def add() -> None:
    """Speak for the tables of accounts."""
    add_part(Part("sign_ins", "Where you signed in", ("sign_ins",), _sign_ins))
    add_part(Part("api_keys", "Your API keys", ("api_keys",), _keys))
    leave_out("secrets, kept as hashes", "account_tokens", "idempotent_answers")


def _sign_ins(customer_id: UUID) -> Rows:
    query = select(SignIn.created_at.label("at"), SignIn.address, SignIn.device, SignIn.seen_at.label("last used at"))
    return query.where(SignIn.person_id == customer_id).order_by(SignIn.created_at)


def _keys(customer_id: UUID) -> Rows:
    query = select(ApiKey.name, ApiKey.created_at.label("at"), ApiKey.expires_at.label("until"))
    return query.where(ApiKey.owner_id == customer_id).order_by(ApiKey.created_at)
