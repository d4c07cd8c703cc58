"""Single cells, as people and programs write them."""

from decimal import Decimal

import pytest

from app.engine.imports import cells
from app.engine.imports.cells import BadCell, Reading
from app.engine.imports.guessing import find_date_order


def read_moment(text: str, order: str = "day") -> str:
    return cells.moment_reader(Reading(order, "Europe/London", "GB", "GBP"))(text)


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("12/1/10 8:26", "month", "2010-12-01T08:26:00+00:00"),
        ("12/1/10 8:26", "day", "2010-01-12T08:26:00+00:00"),
        ("31.12.2026", "day", "2026-12-31T00:00:00+00:00"),
        ("2026-07-01 09:30:15", "day", "2026-07-01T09:30:15+01:00"),
        ("2026-07-01T09:30:15.123Z", "month", "2026-07-01T09:30:15+00:00"),
        ("2026-07-01T09:30-0500", "month", "2026-07-01T09:30:00-05:00"),
        ("7/4/2026 12:05 AM", "month", "2026-07-04T00:05:00+01:00"),
        ("7/4/2026 1:05 pm", "month", "2026-07-04T13:05:00+01:00"),
    ],
)
def test_dates(text, order, moment):
    assert read_moment(text, order) == moment


@pytest.mark.parametrize(
    "text", ["", "soon", "31/02/2026", "12/31/2026", "1/1/1492", "1/1/2026 25:00", "7/4/2026 13:00 PM"]
)
def test_what_is_no_date(text):
    with pytest.raises(BadCell):
        read_moment(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.55", "2.55"),
        ("£1,299.50", "1299.50"),
        ("1.299,50 ", "1299.50"),
        ("12,5", "12.5"),
        ("1,299", "1299"),
        ("-3", "-3"),
    ],
)
def test_prices(text, number):
    assert cells.decimal(text, "Price") == Decimal(number)


@pytest.mark.parametrize("text", ["", "free", "1e9", "NaN", "Infinity", "10000000000", "0.00001", "١٢x"])
def test_what_is_no_price(text):
    with pytest.raises(BadCell):
        cells.decimal(text, "Price")


@pytest.mark.parametrize(("text", "number"), [("6", 6), ("-12", -12), ("1,200", 1200), ("6.0", 6), ("+3", 3)])
def test_whole_numbers(text, number):
    assert cells.whole(text, "Quantity") == number


@pytest.mark.parametrize("text", ["", "six", "1.5", "9999999999", "-"])
def test_what_is_no_whole_number(text):
    with pytest.raises(BadCell):
        cells.whole(text, "Quantity")


def test_the_first_date_that_tells_decides():
    assert find_date_order("1/2/11\n12/13/11")[0] == "month"
    assert find_date_order("1/2/11\n13/12/11")[0] == "day"
    assert find_date_order("2011-02-01")[0] == "year"
    assert find_date_order("1/2/11 3/4/11") is None
