"""Passwords: which ones are good enough, and how they are kept."""

from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import Invalid

SHORTEST = 10
LONGEST = 200

# OWASP's second recommendation: 19 MiB per try, so that a small machine can take many at once.
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

COMMON = frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split())

# Nobody's password: checked against when there is no account, so that the answer takes the same work.
_NOBODYS = hasher.hash("there is nobody here")


def check(password: str, *, email: str = "", field: str = "password") -> None:
    """Raises: Invalid with the reason when a new password is too easy to guess.

    There are no rules of composition: length and not being on a list is what protects.
    """
    problem = _problem(password, email)
    if problem:
        raise Invalid(errors={field: [problem]})


def _problem(password: str, email: str) -> str:
    if len(password) < SHORTEST:
        return f"Use at least {SHORTEST} characters. Three or four words are easy to remember."
    if len(password) > LONGEST:
        return f"Use at most {LONGEST} characters."
    plain = password.casefold()
    if _is_common(plain):
        return "Many people use this password, so it is guessed first. Choose another one."
    if email and (plain == email.casefold() or plain == email.casefold().partition("@")[0]):
        return "Your email address is not a secret. Choose another password."
    return ""


def _is_common(plain: str) -> bool:
    if plain in COMMON or len(set(plain)) <= 2:
        return True
    word = plain.rstrip("0123456789!?.*$#@_-")
    return bool(word) and word in COMMON and len(plain) - len(word) <= 5


def hash_of(password: str) -> str:
    """What is stored of a password: Argon2id with a salt of its own."""
    return hasher.hash(password)


def verify(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one. Takes the same work when nothing is stored."""
    try:
        hasher.verify(stored or _NOBODYS, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def is_outdated(stored: str) -> bool:
    """True when the hash was made with weaker settings than today's."""
    return hasher.check_needs_rehash(stored)
