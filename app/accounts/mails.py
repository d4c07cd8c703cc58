"""What accounts write to people."""

from flask import current_app

from app.core.web import public_url
from app.engine.notices.actions import Mail


def _workspace() -> str:
    return current_app.extensions["rapport"].workspace


def verify(token: str) -> Mail:
    """To somebody who gave this address as theirs."""
    return Mail(
        f"Confirm your address for {_workspace()}",
        (
            "Hello,",
            f"this address was given for an account at {_workspace()}. Open the link and confirm that it is yours.",
            "The link works for 7 days. If it was not you, do nothing.",
        ),
        "Confirm my address",
        public_url(f"/verify/{token}"),
    )


def known_already() -> Mail:
    """To somebody whose address was used to sign up a second time."""
    return Mail(
        f"You already have an account at {_workspace()}",
        (
            "Hello,",
            "somebody, perhaps you, tried to sign up with this address. You have an account already: just sign in.",
            "If you forgot the password, choose “Forgot your password?” there. If it was not you, do nothing.",
        ),
        "Sign in",
        public_url("/sign-in"),
    )


def reset(token: str) -> Mail:
    """To somebody who wants a new password."""
    return Mail(
        f"Choose a password for {_workspace()}",
        (
            "Hello,",
            "open the link and choose a password. You will be signed out everywhere else.",
            "The link works once, within an hour. If you did not ask for it, do nothing: nothing changes.",
        ),
        "Choose a password",
        public_url(f"/reset/{token}"),
    )


def invitation(token: str, *, invited_by: str, role: str) -> Mail:
    """To a new employee."""
    return Mail(
        f"You are invited to {_workspace()}",
        (
            "Hello,",
            f"{invited_by} made an account for you at {_workspace()}, as {role}. Open the link and choose a password.",
            "The link works once, within 48 hours. Ask for a new invitation when it is too old.",
        ),
        "Accept the invitation",
        public_url(f"/invitation/{token}"),
    )


def locked() -> Mail:
    """To somebody on whose account passwords are tried."""
    return Mail(
        f"Several wrong passwords at {_workspace()}",
        (
            "Hello,",
            "a wrong password was given for your account several times, so signing in pauses for a while.",
            "If it was you, wait a few minutes or choose a new password. If it was not you, nobody got in.",
        ),
        "Choose a new password",
        public_url("/forgot"),
    )


def password_changed() -> Mail:
    """To somebody whose password is a new one."""
    return Mail(
        f"Your password at {_workspace()} was changed",
        (
            "Hello,",
            "your password was changed, and every other browser was signed out.",
            "If it was not you, choose a new password at once and tell us.",
        ),
        "Choose a new password",
        public_url("/forgot"),
    )


def address_changing(new_address: str) -> Mail:
    """To the old address of somebody who wants to use a new one."""
    return Mail(
        f"Your address at {_workspace()} is about to change",
        (
            "Hello,",
            f"your account will move to {new_address} once that address is confirmed.",
            "If it was not you, choose a new password at once: that stops it.",
        ),
        "Choose a new password",
        public_url("/forgot"),
    )
