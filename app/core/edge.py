"""The edge of every request: access, one transaction, security headers, metrics."""

import time
from collections.abc import Callable

from flask import Flask, Response, current_app, g, request
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix

from app.core import access, display, failures, known, layout, log_levels, metrics
from app.core.db import act_as, db, is_begun
from app.core.errors import Invalid
from app.core.log import correlation_id, get, new_correlation_id
from app.core.redis import foresee

log = get(__name__)

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""What every answer says that does not say something else there."""
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


def init(app: Flask) -> None:
    """Put the edge around an application."""
    config = app.extensions["rapport"]
    app.extensions["gates"] = []
    settled = HEADERS | (OVER_TLS if config.secure_cookies else {})
    app.extensions["headers"] = [(name.lower(), name, value) for name, value in settled.items()]
    if config.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=0
        )
    Htmx(app)
    display.init(app)
    layout.init(app)
    foresee(_settings)
    app.before_request(_begin)
    app.after_request(_end_transaction)
    app.after_request(_add_headers)
    app.after_request(_measure)
    app.teardown_request(_clear)
    failures.init(app)


def add_gate(app: Flask, gate: Callable[[], None]) -> None:
    """Let `gate` look at every request before its access is checked, and before the gates added until now.

    It refuses by raising.
    """
    app.extensions["gates"].insert(0, gate)


def _settings() -> str:
    return known.TOKEN


def _begin() -> None:
    g.started = time.perf_counter()
    sent = request.headers.get("X-Request-ID", "")
    g.correlation = correlation_id.set(sent if sent.isalnum() and 8 <= len(sent) <= 64 else new_correlation_id())
    _refuse_nul_bytes()
    if request.endpoint == "static":
        return
    log_levels.refresh()
    act_as(None)
    for gate in current_app.extensions["gates"]:
        gate()
    access.check_route()
    who = access.actor()
    act_as(who.id)


def _refuse_nul_bytes() -> None:
    sources = [request.path, request.query_string.decode("latin-1")]
    if any("\x00" in source or "%00" in source for source in sources):
        raise Invalid("The address contains a character that cannot be stored.")


def _end_transaction(response: Response) -> Response:
    if not is_begun():
        return response
    if response.status_code < 400:
        db.session.commit()
    else:
        db.session.rollback()
    return response


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-ID"] = correlation_id.get()
    told = {name.lower() for name, _value in headers}
    if "frame-ancestors 'self'" in headers.get("Content-Security-Policy", ""):
        told.add("x-frame-options")  # the old header cannot name whom the policy lets in
    if request.endpoint == "static":
        told.add("cache-control")
        if "v" in request.args:
            headers["Cache-Control"] = "public, max-age=31536000, immutable"
    settled = current_app.extensions["headers"]
    headers.extend([(name, value) for lowered, name, value in settled if lowered not in told])
    return response


def _measure(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "unmatched"
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    metrics.count_request(route, request.method, response.status_code, seconds)
    if request.endpoint != "static":
        log.info(
            "request",
            method=request.method,
            route=route,
            status=response.status_code,
            milliseconds=round(seconds * 1000, 1),
            actor=str(access.actor().id or ""),
        )
    return response


def _clear(_error: BaseException | None) -> None:
    token = g.pop("correlation", None)
    if token is not None:
        correlation_id.reset(token)
