"""What people change about themselves."""

from typing import Any
from uuid import UUID

from app.accounts import mails, passwords, queries, sign_ins
from app.accounts.actions import entry
from app.accounts.queries import Account
from app.core import limits
from app.core.access import Actor
from app.core.errors import Invalid, NotFound
from app.engine.notices import actions as notices
from app.people import actions as people
from app.people.models import Customer


def rename(account: Account, *, first_name: str, last_name: str, actor: Actor) -> None:
    """Change one's own name."""
    edit: Any = people.edit_customer if isinstance(account, Customer) else people.edit_employee
    edit(account, {"first_name": first_name, "last_name": last_name}, actor=actor)


def change_password(account: Account, *, old: str, new: str) -> None:
    """Replace one's own password; every sign-in ends, and the caller starts a new one.

    Raises: Invalid when the old password is wrong or the new one easy to guess.
    """
    _prove(account, old)
    passwords.check(new, email=account.email or "", field="new_password")
    entry.set_password(account, new)


def ask_to_move(account: Account, *, email: str, password: str) -> None:
    """Send the new address a link that moves the account there, and tell the old one.

    A taken address gets no link, and the answer does not say so. Raises: Invalid for a wrong password.
    """
    _prove(account, password)
    if account.email:
        notices.send_mail(account.email, mails.address_changing(email), person_id=account.person_id)
    if queries.find_by_email(email) is None:
        entry.ask_to_verify(account, email)


def _prove(account: Account, password: str) -> None:
    limits.hit("10/hour", "own-password", str(account.person_id))
    if not passwords.verify(account.password_hash, password):
        raise Invalid(errors={"password": ["This is not your present password."]})


def end_sign_in(sign_in_id: UUID, *, actor: Actor) -> None:
    """Sign oneself out of one browser. Raises: NotFound when it is not one's own."""
    if actor.id is None or not sign_ins.end_one(actor.id, sign_in_id):
        raise NotFound


def end_other_sign_ins(*, actor: Actor) -> int:
    """Sign oneself out of every browser but this one. Returns how many there were."""
    return sign_ins.end_all(actor.id, except_token=actor.session_id) if actor.id else 0
