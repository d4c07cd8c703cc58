"""The shop's accounts with vendors."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import uuid4

from flask import current_app

from app.core import web
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, separately
from app.core.errors import Invalid, NotFound
from app.engine.schedules import actions as schedules
from app.engine.schedules.due_times import Rule
from app.payments import queries
from app.payments.models import Account
from app.payments.providers.base import Credentials, OnlineProvider
from app.payments.providers.known import PROVIDERS

LEARNT = "learnt_keys"
RECONCILE = "payments.reconcile"
STATEMENTS_READY = Rule("cron", "30 11 * * *", "Asia/Shanghai")


def get_provider(key: str) -> OnlineProvider:
    """A way to pay that a vendor runs. Raises: NotFound."""
    provider = PROVIDERS.get(key)
    if not isinstance(provider, OnlineProvider):
        raise NotFound
    return provider


def open_account(key: str) -> tuple[OnlineProvider, Credentials]:
    """A provider with the shop's account, opened for use. Raises: NotFound where there is none."""
    provider, account = get_provider(key), queries.find_account(key)
    if account is None:
        raise NotFound
    return provider, opened(provider, account)


def opened(provider: OnlineProvider, account: Account) -> Credentials:
    """An account with its secrets unsealed, for as long as it is used."""
    overridden = current_app.extensions["rapport"].payment_urls.get(provider.key, "")
    values = {**account.plain, **json.loads(account.secrets or "{}")}
    return Credentials(
        {name: text for name, text in values.items() if name != LEARNT},
        overridden or provider.live_url,
        web.public_url(f"/hooks/{provider.key}"),
        partial(learn_keys, provider.key),
        account.plain.get(LEARNT, {}),
    )


def learn_keys(key: str, found: Mapping[str, str]) -> None:
    """Keep the keys that a vendor signs with now, besides those before, in a transaction of its own."""
    with separately():
        account = queries.find_account(key)
        if account is not None:
            account.plain = {**account.plain, LEARNT: {**account.plain.get(LEARNT, {}), **found}}
            db.session.flush()


def save_account(key: str, values: Mapping[str, str], *, is_enabled: bool, actor: Actor) -> Account:
    """Keep an account's settings; a secret left empty stays as it is. Raises: Invalid, by setting."""
    provider = get_provider(key)
    account = queries.find_account(key) or Account(provider=key, account_id=uuid4())
    kept = json.loads(account.secrets or "{}")
    given = {setting.name: values.get(setting.name, "").strip() for setting in provider.settings}
    secrets = {one.name: given[one.name] or kept.get(one.name, "") for one in provider.settings if one.is_secret}
    plain: dict[str, Any] = {one.name: given[one.name] for one in provider.settings if not one.is_secret}
    if account.plain and LEARNT in account.plain:
        plain[LEARNT] = account.plain[LEARNT]
    if is_enabled or any(plain.values()):
        errors = provider.check_settings({**plain, **secrets})
        if errors:
            raise Invalid(errors=errors)
    if account.secrets_enc is None or (plain, secrets) != (account.plain, kept):
        account.checked_at = None
    account.plain, account.is_enabled, account.updated_at = plain, is_enabled, now()
    account.secrets = json.dumps(secrets, sort_keys=True)
    db.session.add(account)
    db.session.flush()
    schedules.put(
        "payment account", account.account_id, RECONCILE, STATEMENTS_READY, actor=actor, payload={"provider": key}
    )
    return account
