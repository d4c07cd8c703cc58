"""What people type about providers."""

from collections.abc import Mapping

from app.core.errors import Invalid
from app.reach.channels.actions import ProviderDetails
from app.reach.channels.base import Strategy


def read_provider(values: Mapping[str, str], strategy: type[Strategy]) -> ProviderDetails:
    """A provider as its form has it. Raises: Invalid, by field."""
    return ProviderDetails(
        strategy.key,
        values.get("name", ""),
        {setting.key: values.get(f"set-{setting.key}", "") for setting in strategy.settings},
        _number(values, "per_second"),
        _number(values, "rank") or 1,
        values.get("is_enabled") == "1",
    )


def _number(values: Mapping[str, str], name: str) -> int | None:
    typed = values.get(name, "").strip()
    if typed and not typed.isdecimal():
        raise Invalid(errors={name: ["Enter a whole number."]})
    return int(typed) if typed else None
