"""Mails that must take no longer for an address somebody has."""

from app.accounts.actions import entry
from app.core import jobs


@jobs.job("accounts.answer_sign_up")
def answer_sign_up(email: str) -> None:
    """Confirm the address, or say that there is an account already."""
    entry.answer_sign_up(email)


@jobs.job("accounts.send_reset")
def send_reset(email: str) -> None:
    """Send the link for a new password, if there is an account."""
    entry.send_reset(email)


@jobs.job("accounts.warn_of_lock")
def warn_of_lock(email: str) -> None:
    """Tell the owner that passwords are tried."""
    entry.warn_of_lock(email)
