"""Bands as people type them: money in the shop's currency, the rest in whole numbers."""

from collections.abc import Sequence

from werkzeug.datastructures import MultiDict

from app.core.errors import Invalid
from app.core.money import parse, to_decimal
from app.engine.codes.fields import Span, Unit


def typed_bands(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    """The (floor, label) rows of a form, as they were typed."""
    return list(zip(form.getlist("floor"), form.getlist("label"), strict=False))


def read_bands(form: MultiDict[str, str], unit: Unit | None, currency: str) -> list[tuple[int, str]]:
    """What was typed; rows left empty are left out. Raises: Invalid for a floor that is no number."""
    return [(_floor(floor, unit, currency), label) for floor, label in typed_bands(form) if floor.strip() or label]


def _floor(typed: str, unit: Unit | None, currency: str) -> int:
    try:
        return parse(typed, currency) if unit == "money" else int(typed.replace(",", "").strip())
    except (ValueError, Invalid):
        raise Invalid(errors={"bands": [f"“{typed[:30]}” is no number."]}) from None


def shown_bands(bands: Sequence[Span], unit: Unit | None, currency: str) -> list[tuple[str, str]]:
    """Bands as the form writes them."""
    return [(str(to_decimal(one.floor, currency) if unit == "money" else one.floor), one.label) for one in bands]
