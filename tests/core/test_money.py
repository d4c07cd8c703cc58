"""Money is whole minor units, however people write it."""

from decimal import Decimal

import pytest

from app.core import money
from app.core.errors import Invalid


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12.50", "GBP", 1250),
        ("£1,299.50", "GBP", 129950),
        ("12,5", "EUR", 1250),
        ("-3", "GBP", -300),
        ("1500", "JPY", 1500),
        (" 0.01 ", "GBP", 1),
    ],
)
def test_what_people_type(text, currency, minor):
    assert money.parse(text, currency) == minor


@pytest.mark.parametrize(
    "text", ["", "abc", "NaN", "Infinity", "1e5", "1e308", "１２", "0.001", "9" * 20, "1.2.3", "--1"]
)
def test_what_is_no_amount(text):
    with pytest.raises(Invalid):
        money.parse(text, "GBP")


def test_rounding_is_the_till_s():
    assert money.to_minor(Decimal("2.675"), "GBP") == 268
    assert money.to_minor(Decimal("-2.675"), "GBP") == -268


def test_how_it_reads():
    assert money.format_money(-129950, "GBP") == "-£1,299.50"
    assert money.format_money(1500, "JPY") == "JP¥1,500"
