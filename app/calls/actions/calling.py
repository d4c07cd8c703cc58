"""Calling customers through a provider, and setting it up."""

from dataclasses import dataclass
from uuid import UUID

from app.calls import queries
from app.calls.models import Call, PhoneAccount
from app.calls.providers.base import Ask, CannotCall
from app.core import jobs, known, web
from app.core.access import Actor, require
from app.core.clock import now
from app.core.db import db, new_id
from app.core.errors import Conflict, Invalid
from app.people import details
from app.people.models import Customer, Employee

DIAL = "calls.dial"


@dataclass(frozen=True)
class AccountDetails:
    """What somebody says of an account. An empty token leaves the one that is kept."""

    account_sid: str
    number: str
    forward_to: str = ""
    token: str = ""
    is_enabled: bool = True


def save_account(provider: str, said: AccountDetails, *, actor: Actor) -> PhoneAccount:
    """Keep the shop's account with a provider. Raises: Invalid by field."""
    require(actor, "calls.configure")
    account = queries.find_account(provider) or PhoneAccount(provider=provider, account_id=new_id())
    errors = {
        name: ["Enter it as the provider shows it."]
        for name, is_there in (("account_sid", said.account_sid), ("token", said.token or account.token_enc))
        if said.is_enabled and not is_there
    }
    numbers = {"number": said.number, "forward_to": said.forward_to}
    for name, text in numbers.items():
        try:
            numbers[name] = details.phone(text, details.NO_COUNTRY) or ""
        except Invalid as refusal:
            errors[name] = [str(refusal)]
    if errors:
        raise Invalid(errors=errors)
    account.account_sid, account.number, account.forward_to = said.account_sid, numbers["number"], numbers["forward_to"]
    account.is_enabled, account.updated_at = said.is_enabled, now()
    if said.token:
        account.token = said.token
    db.session.add(account)
    db.session.flush()
    known.changed()
    return account


def call_customer(customer: Customer, *, actor: Actor) -> Call:
    """Ring the employee, then connect them with the customer. Raises: Conflict where that cannot be."""
    account = queries.find_usable()
    employee = db.session.get(Employee, actor.id)
    if account is None:
        raise Conflict("No phone provider is set up. Ask an admin, or use the number itself.")
    if not customer.phone or not customer.is_active:
        raise Conflict("There is no number to call.")
    if employee is None or not employee.phone:
        raise Conflict("We do not know where to ring you. Add your own phone number under My phone first.")
    call = Call(
        provider=account.provider,
        is_incoming=False,
        customer_id=customer.person_id,
        employee_id=actor.id,
        state="queued",
    )
    call.number = customer.phone
    db.session.add(call)
    db.session.flush()
    jobs.enqueue(DIAL, {"call_id": str(call.call_id)}, lane="critical", key=f"{DIAL}:{call.call_id}", max_attempts=3)
    return call


def dial(call_id: UUID) -> None:
    """Ask the provider to call; its own words are kept where it will not."""
    call = queries.get_call(call_id)
    account = queries.find_account(call.provider)
    employee = db.session.get(Employee, call.employee_id)
    if call.sid is not None or call.has_ended or account is None or employee is None:
        return
    here = web.public_url(f"/hooks/phone/{call.provider}")
    ask = Ask(employee.phone or "", f"{here}/{call_id}/answer", f"{here}/{call_id}/status")
    try:
        call.sid = queries.get_provider(call.provider).call(queries.opened(account), ask)
    except CannotCall as refusal:
        call.state, call.failure, call.ended_at = "failed", str(refusal), now()
