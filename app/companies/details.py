"""What people type about companies, made plain. Raises: Invalid with the sentence for the field."""

import re
from unicodedata import combining, normalize
from urllib.parse import urlsplit

from app.core.errors import Invalid
from app.people import details

LONGEST_NAME = 200
LONGEST_INDUSTRY = 100
LONGEST_ADDRESS = 1_000
LONGEST_WEBSITE = 500
LONGEST_DOMAIN = 253
MOST_STAFF = 10_000_000
DOMAIN = re.compile(r"(?=.{4,253}$)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")


def name(text: str) -> str:
    """A company's name on one line."""
    plain = " ".join(details.plain_text(text, LONGEST_NAME).split())
    if not plain:
        raise Invalid("Enter a name.")
    return plain


def folded(text: str) -> str:
    """A name without case and accents, as `fold` in the database has it."""
    return "".join(letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))


def domain(text: str) -> str | None:
    """ "https://www.Acme.com/about" as "acme.com"; None for nothing."""
    plain = details.plain_text(text, LONGEST_WEBSITE).lower()
    if not plain:
        return None
    host = (urlsplit(plain if "//" in plain else f"//{plain}").hostname or "").removeprefix("www.")
    if not DOMAIN.fullmatch(host):
        raise Invalid("Enter a domain such as example.com.")
    return host


def is_domain(text: str) -> bool:
    """True for what names a company by its domain rather than its name."""
    return bool(DOMAIN.fullmatch(text.lower().removeprefix("www.")))


def website(text: str) -> str:
    """An address of a page, with its scheme; "" for nothing."""
    plain = details.plain_text(text, LONGEST_WEBSITE)
    if not plain:
        return ""
    address = plain if "://" in plain else f"https://{plain}"
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not DOMAIN.fullmatch((parts.hostname or "").lower()):
        raise Invalid("Enter an address such as https://example.com.")
    return address


def industry(text: str) -> str:
    """A line of business."""
    return " ".join(details.plain_text(text, LONGEST_INDUSTRY).split())


def staff(text: str) -> int | None:
    """How many people work there; None for nothing."""
    plain = text.replace(",", "").strip()
    if not plain:
        return None
    if not plain.isdecimal() or len(plain) > 8 or int(plain) > MOST_STAFF:
        raise Invalid("Enter a whole number.")
    return int(plain)
