"""What people type about payments."""

from uuid import UUID

from werkzeug.datastructures import Headers, MultiDict

from app.core.errors import Invalid
from app.payments.providers.base import Payer
from app.payments.providers.known import PROVIDERS
from app.payments.queries import PaymentFilter

IN_WECHAT = "MicroMessenger"  # its own browser opens neither vendor's page for phones
VIEWS = {"": "All", "open": "Waiting", "paid": "Paid", "failed": "Failed", "closed": "Closed"}


def read_filter(values: MultiDict[str, str]) -> PaymentFilter:
    """The list's filter as its address has it. Raises: Invalid for what this list cannot be narrowed to."""
    state, provider = values.get("state", ""), values.get("provider", "")
    if state not in VIEWS or provider not in ("", *PROVIDERS):
        raise Invalid("This list has no such view.")
    try:
        customer_id = UUID(values["customer"]) if values.get("customer") else None
    except ValueError:
        raise Invalid("This list has no such customer.") from None
    return PaymentFilter(state, provider, customer_id)


def read_payer(headers: Headers, address: str) -> Payer:
    """What the customer pays from, as their browser says."""
    browser = headers.get("User-Agent", "")
    is_phone = headers.get("Sec-CH-UA-Mobile") == "?1" or "Mobi" in browser
    return Payer("phone" if is_phone and IN_WECHAT not in browser else "computer", address)
