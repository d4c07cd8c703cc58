"""Rapport: the application factory, the one place that knows every package."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import timedelta
from functools import lru_cache
from typing import Any

gc.disable()  # what is imported stays: to look for garbage in it takes a quarter of the start

# ruff: noqa: E402
from flask import Flask, Request, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from itsdangerous import BadSignature
from sqlalchemy.orm import configure_mappers

from app.accounts import keys, sign_ins
from app.accounts import wiring as accounts
from app.api import wiring as api
from app.calls import wiring as calls
from app.companies import wiring as companies
from app.conversations import wiring as conversations
from app.conversations.targets import wiring as targets
from app.core import cli, crypto, edge, health, help, log, search_routes, web
from app.core.access import NOBODY, Actor
from app.core.db import db
from app.core.redis import foresee, redis
from app.core.telemetry import telemetry
from app.deals import wiring as deals
from app.deals.quotes import wiring as quotes
from app.demo import wiring as demo
from app.engine.answers import wiring as answers
from app.engine.bulk import wiring as bulk
from app.engine.changes import wiring as changes
from app.engine.codes import wiring as codes
from app.engine.custom_fields import wiring as custom_fields
from app.engine.exports import wiring as exports
from app.engine.files import wiring as files
from app.engine.filters import wiring as filters
from app.engine.hours import wiring as hours
from app.engine.imports import wiring as imports
from app.engine.inline import wiring as inline
from app.engine.notes import wiring as notes
from app.engine.notices import wiring as notices
from app.engine.push import wiring as push
from app.engine.schedules import wiring as schedules
from app.engine.stars import wiring as stars
from app.engine.tags import wiring as tags
from app.engine.views import wiring as views
from app.insights import wiring as insights
from app.invoices import wiring as invoices
from app.mailboxes import wiring as mailboxes
from app.orders import wiring as orders
from app.payments import wiring as payments
from app.people import wiring as people
from app.people.consent import wiring as consent
from app.people.disclosure import wiring as disclosure
from app.people.duplicates import wiring as duplicates
from app.products import wiring as products
from app.reach import wiring as reach
from app.reach.channels import wiring as channels
from app.reach.messages import wiring as messages
from app.sales import wiring as sales
from app.segments import wiring as segments
from app.segments.rfm import wiring as rfm
from app.segments.suggestions import wiring as suggestions
from app.tasks import wiring as tasks
from app.taxes import wiring as taxes
from app.widget import sessions as visitors
from app.widget import wiring as widget
from app.work import wiring as work
from config import Config

BODY_LIMIT_BYTES = 2 * 1024 * 1024
PACKAGES = (
    push,
    notices,
    answers,
    changes,
    bulk,
    exports,
    filters,
    codes,
    views,
    tags,
    stars,
    custom_fields,
    imports,
    files,
    inline,
    notes,
    schedules,
    hours,
    people,
    duplicates,
    companies,
    disclosure,
    consent,
    accounts,
    products,
    taxes,
    sales,
    conversations,
    mailboxes,
    calls,
    widget,
    targets,
    payments,
    orders,
    invoices,
    tasks,
    work,
    deals,
    quotes,
    segments,
    rfm,
    suggestions,
    reach,
    channels,
    messages,
    insights,
    api,
    demo,
)


class Sessions(SecureCookieSessionInterface):
    """What a browser keeps in its cookie. Programs have none, and their answers depend on none."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a browser; None for a program."""
        if web.is_api():
            return None
        cookie = request.cookies.get(self.get_cookie_name(app), "")
        return SecureCookieSession(deepcopy(_said_by(cookie, app, int(time.time() // 3600))))


@lru_cache(maxsize=5_000)
def _said_by(cookie: str, app: Flask, _hour: int) -> dict[str, Any]:
    """What a cookie says, if it is ours and not too old: looked at once an hour, for that takes a while."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    try:
        said: dict[str, Any] = serializer.loads(cookie, max_age=app.permanent_session_lifetime.total_seconds())
    except BadSignature:
        return {}
    return said


class Application(Flask):
    """No view or hook of ours is a coroutine: none is asked whether it is one, a dozen times in each request."""

    session_interface = Sessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


class SignIns(LoginManager):
    """Who asks is whom `identify` finds: no cookie remembers anybody, and no browser is compared with the last one."""

    def init_app(self, app: Flask, add_context_processor: bool = True) -> None:
        """No answer looks for that cookie, and no template for who asks."""
        app.login_manager = self  # type: ignore[attr-defined]

    def _load_user(self) -> None:
        self._update_request_context_with_user(identify(request))


@contextmanager
def _without_collections() -> Iterator[None]:
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@_without_collections()
def create_app(config: Config) -> Flask:
    """Build the application from its configuration; nothing is read from the environment here."""
    app = Application(__name__, template_folder="../templates", static_folder="../static")
    app.extensions["rapport"] = config
    app.config.update(
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        MAX_CONTENT_LENGTH=BODY_LIMIT_BYTES,
        MAX_FORM_MEMORY_SIZE=BODY_LIMIT_BYTES,
        TRUSTED_HOSTS=[host for host in config.trusted_hosts if host],
        SESSION_COOKIE_NAME="rapport",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_REFRESH_EACH_REQUEST=False,  # the server knows how long a sign-in lasts: its cookie need not be new
        PERMANENT_SESSION_LIFETIME=timedelta(days=sign_ins.LONGEST_DAYS),
        WTF_CSRF_TIME_LIMIT=None,
        PROPAGATE_EXCEPTIONS=False,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    log.configure(config.log_level)
    crypto.keyring.load(config.data_key, config.old_data_keys, config.blind_index_key)
    redis.init(config.redis_url)
    telemetry.init(config.telemetry_url)
    db.init_app(app)
    Migrate(app, db, directory="migrations")
    CSRFProtect(app)
    login = SignIns(app)
    login.anonymous_user = lambda: NOBODY
    foresee(remembered_as)
    foresee(lambda: sign_ins.RIGHTS if web.is_api() else "")
    edge.init(app)
    cli.init(app)
    for pages in (health.bp, help.bp, search_routes.bp):
        app.register_blueprint(pages)
    _add_packages(app)
    configure_mappers()
    return app


def identify(request: Request) -> Actor | None:
    """Who makes this request: an API key below /api/, what a visitor's browser keeps below /widget/, the
    browser's sign-in elsewhere. Never two of them.
    """
    if web.is_api():
        return keys.load(request.headers.get("Authorization", ""))
    if _is_widget():
        return visitors.load(request.headers.get("Authorization", ""))
    token = session.get("token")
    return sign_ins.load(token) if token else None


def remembered_as() -> str:
    """Under which key of Redis it may be remembered who makes this request, "" for none."""
    if web.is_api():
        return keys.remembered_as(request.headers.get("Authorization", ""))
    token = "" if _is_widget() else session.get("token")
    return sign_ins.remembered_as(token) if token else ""


def _is_widget() -> bool:
    return request.path.startswith("/widget/")


def _add_packages(app: Flask) -> None:
    """Each package plugs itself in by its `wiring.add`, lowest floor first."""
    for package in PACKAGES:
        package.add(app)


gc.enable()
