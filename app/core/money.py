"""Money: an integer of minor units and a currency; never a float."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache

from babel.numbers import format_currency, get_currency_precision

from app.core.errors import Invalid

LARGEST_MINOR = 10**15


@dataclass(frozen=True, order=True)
class Money:
    """Units: `amount_minor` in the currency's smallest unit (pence, cents, yen)."""

    amount_minor: int
    currency: str

    def __str__(self) -> str:
        return format_money(self.amount_minor, self.currency)


def to_minor(amount: Decimal, currency: str) -> int:
    """Round a decimal amount to minor units, half away from zero, as a till does."""
    scale = Decimal(10) ** get_currency_precision(currency)
    return int((amount * scale).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def to_decimal(amount_minor: int, currency: str) -> Decimal:
    """The amount as people write it: 1999 GBP is 19.99."""
    return Decimal(amount_minor).scaleb(-get_currency_precision(currency))


def parse(text: str, currency: str) -> int:
    """Read what a person typed ("1,299.50", "£12", "12,50") as minor units.

    Raises: Invalid for anything that is not one finite amount with at most the currency's decimals.
    """
    cleaned = text.strip().lstrip("£$€¥").replace(" ", "").replace("\u00a0", "")
    if "," in cleaned and "." not in cleaned and len(cleaned.rpartition(",")[2]) in (1, 2):
        cleaned = cleaned.replace(",", ".")
    cleaned = cleaned.replace(",", "")
    if not cleaned.isascii():
        raise Invalid("Enter an amount such as 12.50.")
    try:
        amount = Decimal(cleaned)
    except InvalidOperation:
        raise Invalid("Enter an amount such as 12.50.") from None
    if not amount.is_finite() or "e" in cleaned.lower():
        raise Invalid("Enter an amount such as 12.50.")
    minor = amount.scaleb(get_currency_precision(currency))
    if minor != minor.to_integral_value():
        raise Invalid(f"{currency} has {get_currency_precision(currency)} decimals at most.")
    if abs(minor) > LARGEST_MINOR:
        raise Invalid("That amount is too large.")
    return int(minor)


@lru_cache(maxsize=10_000)
def format_money(amount_minor: int, currency: str, locale: str = "en_GB") -> str:
    """ "-£1,299.50": minus in front, the currency's own symbol and decimals."""
    return format_currency(to_decimal(amount_minor, currency), currency, locale=locale)


def format_price(price: Decimal, currency: str, locale: str = "en_GB") -> str:
    """The price of one piece, with all its decimals: imported prices may be finer than the currency."""
    return format_currency(price, currency, locale=locale, decimal_quantization=False)
