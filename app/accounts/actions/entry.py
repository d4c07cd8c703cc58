"""Getting in: sign-in, sign-up, and what is done by mailed links."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from app.accounts import lockout, mails, passwords, queries, sign_ins, tokens
from app.accounts.queries import Account
from app.core import jobs
from app.core.access import NOBODY, SYSTEM
from app.core.clock import now
from app.core.db import db, separately
from app.core.errors import Invalid
from app.engine.notices import actions as notices
from app.people import actions as people
from app.people.models import Customer


class WrongCredentials(Invalid):
    """The one answer to every sign-in that fails, whatever the reason."""

    title = "Email or password is not right."


def sign_in(*, email: str, password: str, address: str, device: str) -> Account:
    """Sign a person in on this browser.

    Raises: WrongCredentials when the password is wrong, nobody has the address, the account
    is deactivated or locked: the same words after the same work, so that nobody learns which.
    """
    attempt = lockout.take_try(email)
    account = queries.find_by_email(email)
    may_enter = attempt.is_allowed and account is not None and account.is_active
    is_right = passwords.verify(account.password_hash if account and may_enter else None, password)
    if account is None or not is_right:
        if attempt.is_last:
            _warn_of_lock(email)
        raise WrongCredentials
    lockout.clear(email)
    if account.password_hash and passwords.is_outdated(account.password_hash):
        account.password_hash = passwords.hash_of(password)
    sign_ins.start(account.person_id, address=address, device=device)
    return account


def _warn_of_lock(email: str) -> None:
    with separately():  # the mail must go out although this sign-in is refused
        jobs.enqueue("accounts.warn_of_lock", {"email": email})


def sign_up(*, first_name: str, last_name: str, email: str, password: str) -> None:
    """Register a customer by their own hand; what comes next is told by mail only.

    An address that is taken changes nothing here, so nobody learns whether it is.
    Raises: Invalid for a password that is easy to guess.
    """
    passwords.check(password, email=email)
    password_hash = passwords.hash_of(password)
    details = people.CustomerDetails(first_name=first_name, last_name=last_name, email=email)
    with suppress(people.EmailTaken):  # answered like any other, by a mail to the owner
        people.register_customer(details, actor=NOBODY, source="sign-up", password_hash=password_hash)
    jobs.enqueue("accounts.answer_sign_up", {"email": email}, lane="critical")


def answer_sign_up(email: str) -> None:
    """Write to the owner of an address that was given at sign-up."""
    account = queries.find_by_email(email)
    if account is None or not account.is_active:
        return
    if account.password_hash is None:
        _send_reset(account)
    elif account.email_verified_at is None:
        ask_to_verify(account)
    else:
        notices.send_mail(email, mails.known_already(), person_id=account.person_id)


def ask_to_verify(account: Account, email: str = "") -> None:
    """Send the link that confirms the account's address, or a new one it shall move to."""
    email = email or account.email or ""
    token = tokens.mint(account.person_id, "verify", email)
    notices.send_mail(email, mails.verify(token), person_id=account.person_id, is_secret=True)


def verify(token: str) -> Account:
    """Confirm the address a link was mailed to; the account moves there when it had another.

    Raises: LinkGone, also when the address belongs to somebody else by now.
    """
    row = tokens.use(token, "verify")
    account = _owner(row.person_id)
    if not _same(account.email, row.email):
        _move(account, row.email)
    account.email_verified_at = now()
    db.session.flush()
    return account


def _move(account: Account, email: str) -> None:
    edit: Any = people.edit_customer if isinstance(account, Customer) else people.edit_employee
    try:
        edit(account, {"email": email}, actor=SYSTEM)
    except people.EmailTaken:
        raise tokens.LinkGone("Another account has this address by now.") from None
    tokens.revoke(account.person_id, "reset", "invite")


def ask_for_reset(email: str) -> None:
    """Let a worker find out whose address it is, so that this answer takes no longer for an owner."""
    jobs.enqueue("accounts.send_reset", {"email": email}, lane="critical")


def send_reset(email: str) -> None:
    """Mail the link with which a forgotten password is replaced, if somebody has the address."""
    account = queries.find_by_email(email)
    if account is not None and account.is_active:
        _send_reset(account)


def _send_reset(account: Account) -> None:
    email = account.email or ""
    token = tokens.mint(account.person_id, "reset", email)
    notices.send_mail(email, mails.reset(token), person_id=account.person_id, is_secret=True)


def choose_password(token: str, purpose: tokens.Purpose, password: str) -> Account:
    """Set the password by a mailed link ("reset" or "invite"), which also proves the address.

    Every browser is signed out, and waiting links for a password work no more.
    Raises: LinkGone; Invalid for a password that is easy to guess (the link stays good).
    """
    passwords.check(password, email=tokens.get(token, purpose).email)
    row = tokens.use(token, purpose)
    account = _owner(row.person_id)
    if not _same(account.email, row.email):
        raise tokens.LinkGone("The address of this account has changed since the link was sent.")
    account.email_verified_at = account.email_verified_at or now()
    set_password(account, password)
    return account


def set_password(account: Account, password: str) -> None:
    """Give the account a password that was checked, end its sign-ins and tell its owner."""
    had_one = account.password_hash is not None
    account.password_hash = passwords.hash_of(password)
    db.session.flush()
    sign_ins.end_all(account.person_id)
    tokens.revoke(account.person_id, "reset", "invite", "verify", "device")
    lockout.clear(account.email or "")
    if had_one and account.email:
        notices.send_mail(account.email, mails.password_changed(), person_id=account.person_id)


def warn_of_lock(email: str) -> None:
    """Tell the owner, at most once a day, that wrong passwords were given."""
    account = queries.find_by_email(email)
    if account is not None and account.is_active and account.email:
        key = f"locked:{account.person_id}:{now():%Y-%m-%d}"
        notices.send_mail(account.email, mails.locked(), person_id=account.person_id, key=key)


def _owner(person_id: UUID) -> Account:
    account = queries.find_account(person_id)
    if account is None or not account.is_active:
        raise tokens.LinkGone("The account is closed.")
    return account


def _same(one: str | None, other: str) -> bool:
    return (one or "").lower() == other.lower()
