"""How figures are written."""

from app.core import display
from app.insights.measures import Measure
from app.insights.queries import Figure


def figure_value(measure: Measure, figure: Figure, currency: str) -> str:
    """What a measure comes to; "" for nothing."""
    amount = figure.value(measure)
    if amount is None or not figure.count:
        return ""
    if measure.unit == "seconds":
        return display.duration(amount)
    if measure.unit == "money":
        return display.money(int(amount), currency)
    return display.number(amount, 2 if measure.unit == "stars" else 0)


def figure_basis(measure: Measure, figure: Figure) -> str:
    """What stands below it: how many it is made of, and how sure that makes it."""
    if not figure.count:
        return ""
    if measure.summary == "median":
        return f"p90 {display.duration(figure.p90)}"
    if measure.summary == "mean":
        rated = f"{figure.count:,} rated"
        return rated if figure.margin is None else f"± {display.number(figure.margin, 2)} · {rated}"
    return f"{figure.count:,} receipts" if measure.summary == "sum" else ""
