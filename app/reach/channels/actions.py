"""Setting up providers, trying them, and keeping addresses from being written to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, new_id
from app.core.errors import Invalid, NotFound
from app.core.texts import plain_text
from app.engine.events import actions as events
from app.reach.channels import health, opened, queries
from app.reach.channels.base import STRATEGIES, ProviderTrouble, Strategy
from app.reach.channels.events import RELEASED, SUPPRESSED
from app.reach.channels.models import Provider, Suppression

LONGEST_NAME = 80
LONGEST_SETTING = 2_000
MOST_PER_SECOND = 1_000_000
MOST_RANK = 99
LONGEST_WORDS = 300


@dataclass(frozen=True)
class ProviderDetails:
    """A provider as somebody sets it up. Of `settings`, a secret one that is empty stays as it was."""

    strategy: str
    name: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    per_second: int | None = None
    rank: int = 1
    is_enabled: bool = True


@dataclass(frozen=True)
class Check:
    """Whether a provider answered as it should, and what it said."""

    works: bool
    words: str


def details_of(provider: Provider) -> ProviderDetails:
    """A provider as it is set up, without its secrets."""
    settings = dict(provider.settings)
    return ProviderDetails(
        provider.strategy, provider.name, settings, provider.per_second, provider.rank, provider.is_enabled
    )


def add_provider(details: ProviderDetails, *, actor: Actor) -> Provider:
    """Set up a provider. Raises: Invalid, by field."""
    strategy = _strategy(details.strategy)
    provider = Provider(provider_id=new_id(), strategy=strategy.key, channel=strategy.channel)
    _write(provider, details, strategy)
    db.session.add(provider)
    db.session.flush()
    events.emit("provider.added", actor=actor, subject_id=None, provider_id=str(provider.provider_id))
    return provider


def edit_provider(provider: Provider, details: ProviderDetails, *, actor: Actor) -> None:
    """Change how a provider is set up; it is opened anew with the next message. Raises: Invalid, by field."""
    _write(provider, replace(details, strategy=provider.strategy), _strategy(provider.strategy))
    db.session.flush()
    events.emit("provider.changed", actor=actor, subject_id=None, provider_id=str(provider.provider_id))


def check_provider(provider: Provider) -> Check:
    """Try a provider without writing to anybody, and keep what came of it."""
    try:
        words = opened.strategy_of(provider.channel, provider).test()
    except ProviderTrouble as trouble:
        health.note(provider.provider_id, str(trouble))
        return Check(False, str(trouble))
    health.note(provider.provider_id, "", is_checked=True)
    return Check(True, words)


def suppress(channel: str, address: str, *, words: str = "", actor: Actor) -> Suppression:
    """Write no more to an address; on the list already, it stays as it stands there. Raises: Invalid, by field."""
    mark = queries.fingerprint_of(channel, address)
    values = {"channel": channel, "fingerprint": mark, "reason": "by_hand", "added_by": actor.id, "added_at": now()}
    added = insert(Suppression).values(**values, words=plain_text(words, LONGEST_WORDS))
    is_new = db.session.execute(added.on_conflict_do_nothing().returning(Suppression.channel)).scalar() is not None
    if is_new:
        events.emit(SUPPRESSED, actor=actor, subject_id=None, channel=channel, reason="by_hand")
    return db.session.get_one(Suppression, (channel, mark))


def release(channel: str, mark: bytes, *, actor: Actor) -> None:
    """Let an address be written to again. Raises: NotFound for one that is not on the list."""
    gone = delete(Suppression).where(Suppression.channel == channel, Suppression.fingerprint == mark)
    if db.session.execute(gone.returning(Suppression.channel)).scalar() is None:
        raise NotFound("It is not on the list.")
    events.emit(RELEASED, actor=actor, subject_id=None, channel=channel)


def _strategy(key: str) -> type[Strategy]:
    strategy = STRATEGIES.get(key)
    if strategy is None or not queries.can_be_set_up(strategy):
        raise Invalid(errors={"strategy": [f"Choose one of {', '.join(one.key for one in queries.strategies())}."]})
    return strategy


def _write(provider: Provider, details: ProviderDetails, strategy: type[Strategy]) -> None:
    kept: dict[str, str] = json.loads(provider.secrets or "{}")
    plain, secrets = {}, {}
    for setting in strategy.settings:
        given = str(details.settings.get(setting.key, "")).strip()[:LONGEST_SETTING]
        if setting.is_secret:
            secrets[setting.key] = given or kept.get(setting.key, "")
        else:
            plain[setting.key] = given or setting.usual
    errors = _errors(details, strategy, {**plain, **secrets})
    if errors:
        raise Invalid(errors=errors)
    if (plain, secrets) != (provider.settings, kept):
        provider.checked_at, provider.problem = None, ""
    provider.settings = plain
    provider.secrets = json.dumps(secrets, sort_keys=True)
    provider.name = plain_text(details.name, LONGEST_NAME) or strategy.label
    provider.per_second, provider.rank, provider.is_enabled = details.per_second, details.rank, details.is_enabled


def _errors(details: ProviderDetails, strategy: type[Strategy], settings: Mapping[str, str]) -> dict[str, list[str]]:
    """What is wrong, by field."""
    errors: dict[str, list[str]] = {}
    known = {setting.key: setting for setting in strategy.settings}
    for key in sorted(details.settings.keys() - known.keys()):
        errors[key] = [f"There is no such setting: choose among {', '.join(known)}."]
    for setting in strategy.settings:
        value = settings[setting.key]
        if setting.is_needed and not value:
            errors[setting.key] = ["Fill this in."]
        elif setting.choices and value and value not in dict(setting.choices):
            errors[setting.key] = ["Choose one of the list."]
    if details.per_second is not None and not 1 <= details.per_second <= MOST_PER_SECOND:
        errors["per_second"] = [f"Enter a number from 1 to {MOST_PER_SECOND}, or nothing."]
    if not 1 <= details.rank <= MOST_RANK:
        errors["rank"] = [f"Enter a number from 1 to {MOST_RANK}."]
    return errors or _refused(strategy, settings)


def _refused(strategy: type[Strategy], settings: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the strategy itself says of its settings."""
    try:
        strategy(settings).close()
    except ProviderTrouble as trouble:
        return {trouble.setting or strategy.settings[0].key: [str(trouble)]}
    return {}
