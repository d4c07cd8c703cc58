"""What people type about companies, made plain. Raises: Invalid with the sentence for the field."""

import re
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


def domain(text: str) -> str | None:
    """ "https://www.Acme.com/about" as "acme.com"; None for nothing."""
    plain = details.plain_text(text, LONGEST_WEBSITE).lower()
    if not plain:
        return None
    host = _host(plain if "//" in plain else f"//{plain}").removeprefix("www.")
    if not DOMAIN.fullmatch(host):
        raise Invalid("Enter a domain such as example.com.")
    return host


def _host(address: str) -> str:
    """The host of an address, "" where it has none or is none."""
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:  # brackets that are no address
        return ""


def is_domain(text: str) -> bool:
    """True for what names a company by its domain rather than its name."""
    return bool(DOMAIN.fullmatch(text.lower().removeprefix("www.")))


def website(text: str) -> str:
    """An address of a page, with its scheme; "" for nothing."""
    plain = details.plain_text(text, LONGEST_WEBSITE)
    if not plain:
        return ""
    address = plain if "://" in plain else f"https://{plain}"
    if not address.startswith(("http://", "https://")) or not DOMAIN.fullmatch(_host(address)):
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
