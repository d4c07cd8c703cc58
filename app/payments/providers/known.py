"""The ways to pay that there are, made when the application is built."""

from app.payments.providers.base import OnlineProvider, Provider

PROVIDERS: dict[str, Provider] = {}


def add_provider(provider: Provider) -> None:
    """Let money come in one more way."""
    PROVIDERS[provider.key] = provider


def online() -> list[OnlineProvider]:
    """Those that a vendor runs."""
    return [one for one in PROVIDERS.values() if isinstance(one, OnlineProvider)]


def label_of(key: str) -> str:
    """What people call it."""
    return PROVIDERS[key].label if key in PROVIDERS else key
