"""Which provider sends by a channel, and the open strategy of it that a worker keeps."""

import json
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.reach.channels.base import CHANNELS, STRATEGIES, Local, ProviderTrouble, Strategy
from app.reach.channels.models import Provider

_open: dict[UUID | str, tuple[int, Strategy]] = {}


def choose(channel: str) -> Provider | None:
    """The provider that sends by a channel now; None where what is built in does.

    Raises: ProviderTrouble when neither can.
    """
    enabled = select(Provider).where(Provider.channel == channel, Provider.is_enabled)
    found = db.session.scalar(enabled.order_by(Provider.rank, Provider.provider_id).limit(1))
    if found is None and not built_in(channel):
        raise ProviderTrouble("No provider is set up for this channel. Add one under Channels.")
    return found


def choose_each(channels: Iterable[str]) -> tuple[dict[str, Provider | None], list[str]]:
    """Who sends by each of these channels now, and for those by which nobody does a sentence that says why."""
    chosen, trouble = {}, []
    for channel in channels:
        try:
            chosen[channel] = choose(channel)
        except ProviderTrouble as words:
            trouble.append(f"{CHANNELS[channel].label}: {words}")
    return chosen, trouble


def strategy_of(channel: str, provider: Provider | None) -> Strategy:
    """The strategy of a provider with its connections, made anew when its settings changed.

    Raises: ProviderTrouble when this installation does not know how to speak to it.
    """
    key: UUID | str = provider.provider_id if provider else channel
    version = provider.version if provider else 0
    known = _open.get(key)
    if known and known[0] == version:
        return known[1]
    if known:
        known[1].close()
    made = _kind_of(channel, provider)
    if made is None:
        raise ProviderTrouble("This provider is not part of Rapport any more. Choose another one.")
    _open[key] = version, made(_settings(provider) if provider else {})
    return _open[key][1]


def is_local(channel: str, provider: Provider | None) -> bool:
    """True where the messages are rows of our own database."""
    return issubclass(_kind_of(channel, provider) or Strategy, Local)


def _kind_of(channel: str, provider: Provider | None) -> type[Strategy] | None:
    return STRATEGIES.get(provider.strategy) if provider else built_in(channel)


def built_in(channel: str) -> type[Strategy] | None:
    """What sends by a channel without any provider, where something does."""
    return next((one for one in STRATEGIES.values() if one.channel == channel and one.is_built_in), None)


def _settings(provider: Provider) -> dict[str, str]:
    return {**provider.settings, **json.loads(provider.secrets or "{}")}


def close_all() -> None:
    """Let go of every connection, as a worker that ends."""
    for _version, strategy in _open.values():
        strategy.close()
    _open.clear()
