"""What happens to each kind of error: the policy table, and one answer per kind of client."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, g, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from psycopg.errors import QueryCanceled
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.core import metrics, web
from app.core.access import SignInNeeded
from app.core.db import db
from app.core.errors import Conflict, DomainError, TookTooLong, TooManyRequests, Unavailable
from app.core.log import correlation_id, get

log = get(__name__)

RETRY_AFTER_SECONDS = 5


@dataclass(frozen=True)
class Policy:
    """What is done about an error: refuse (tell the person), degrade (work on without
    the part), or fail (say "Network Error" and keep the details in the log)."""

    name: str
    level: str


REFUSE = Policy("refuse", "info")
DEGRADE = Policy("degrade", "warning")
FAIL = Policy("fail", "error")

POLICIES: dict[type[BaseException], Policy] = {
    DomainError: REFUSE,
    HTTPException: REFUSE,
    StaleDataError: REFUSE,
    IntegrityError: REFUSE,
    OperationalError: DEGRADE,
    PoolTimeout: DEGRADE,
    RedisError: DEGRADE,
    Exception: FAIL,
}

TITLES = {
    400: "That request was not understood",
    403: "You are not allowed to do that",
    404: "We could not find that",
    405: "That cannot be done here",
    413: "That is too large",
    419: "This form is out of date",
    429: "Too many tries",
    500: "Network Error",
    503: "Rapport is catching its breath",
}
DETAILS = {
    400: "Go back and try again.",
    404: "It may have been removed, or the address is wrong.",
    405: "Go back and use the buttons on the page.",
    413: "Send a smaller file or a shorter text.",
    419: "You signed in or out meanwhile, or the page was open for long. Nothing was saved: send it again.",
    500: "Something went wrong on our side. Nothing was changed. Try again, and quote the reference if it stays.",
    503: "A part we need is away for a moment. Nothing was changed: try again in a few seconds.",
}


@dataclass(frozen=True)
class Problem:
    """An error as any client gets it (RFC 9457 names)."""

    status: int
    code: str
    title: str
    detail: str
    reference: str
    headers: dict[str, str]
    extra: dict[str, Any]


def policy_for(error: BaseException) -> Policy:
    """The policy of the nearest ancestor in the table."""
    return next(POLICIES[kind] for kind in type(error).__mro__ if kind in POLICIES)


def init(app: Flask) -> None:
    """Handle every error of the application here, once."""
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> Response:
    """Turn an error into a page, a fragment or a problem document, and write it down."""
    db.session.rollback()
    if isinstance(error, InternalServerError) and isinstance(error.original_exception, Exception):
        error = error.original_exception
    if isinstance(error, HTTPException) and error.code is not None and error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    policy = policy_for(error)
    problem = describe(error)
    metrics.errors.labels(type(error).__name__, policy.name).inc()
    getattr(log, policy.level)(
        "error",
        error=type(error).__name__,
        status=problem.status,
        route=request.url_rule.rule if request.url_rule else request.path,
        exc_info=error if policy is not REFUSE else None,
    )
    if isinstance(error, SignInNeeded) and not web.wants_data():
        return _lead_to_sign_in()
    response = _as_document(problem) if web.wants_data() else _as_page(problem)
    response.headers.update(problem.headers)
    return response


def describe(error: Exception) -> Problem:
    """What the client is told; never more than it may know."""
    headers: dict[str, str] = {}
    extra: dict[str, Any] = {}
    status, code, title, detail = 500, "NETWORK_ERROR", TITLES[500], DETAILS[500]
    if isinstance(error, DBAPIError | PoolTimeout | RedisError | StaleDataError):
        error = _translate(error)
    if isinstance(error, DomainError):
        status, code, title, detail = error.status, error.code, error.title, str(error)
        extra = {key: value for key in ("errors", "conflicts") if (value := getattr(error, key, None))}
        extra |= error.extra
        if isinstance(error, TooManyRequests):
            headers["Retry-After"] = str(error.retry_after)
        if isinstance(error, Unavailable):
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    elif isinstance(error, CSRFError):
        status, code, title, detail = 419, "form_expired", TITLES[419], DETAILS[419]
    elif isinstance(error, HTTPException):
        status = error.code or 500
        code, title = error.name.lower().replace(" ", "_"), TITLES.get(status, error.name)
        detail = DETAILS.get(status, "Go back and try again.")
        if web.wants_data() and status < 500:
            detail = error.description or title
        headers = {k: v for k, v in error.get_headers() if k in ("Allow", "Retry-After")}
        extra = _validation_errors(error)
    return Problem(status, code, title, detail, correlation_id.get(), headers, extra)


def _translate(error: Exception) -> Exception:
    """Read what the database or Redis says as one of our own refusals, where it is one."""
    if isinstance(error, StaleDataError):
        return Conflict("Somebody else saved this while you were editing. Reload it and try again.")
    if isinstance(error, IntegrityError):
        return Conflict("This collides with something saved a moment ago. Reload the page and look again.")
    if isinstance(error, OperationalError) and isinstance(error.orig, QueryCanceled):
        return TookTooLong(TookTooLong.sentence)
    if isinstance(error, PoolTimeout | RedisError | OperationalError):
        return Unavailable(DETAILS[503])
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return Unavailable(DETAILS[503])
    return error


def _validation_errors(error: HTTPException) -> dict[str, Any]:
    messages = (getattr(error, "data", None) or {}).get("messages")
    return {"errors": messages} if messages else {}


def _lead_to_sign_in() -> Response:
    target = request.full_path.rstrip("?") if request.method == "GET" else "/"
    address = "/sign-in" if target == "/" else f"/sign-in?next={quote(target)}"
    if request.headers.get("HX-Request") == "true":
        response = make_response("", 401)
        response.headers["HX-Redirect"] = "/sign-in"
        return response
    return make_response(redirect(address, code=302))


def _as_document(problem: Problem) -> Response:
    body = {
        "type": "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "message": problem.title,
        "request_id": problem.reference,
        **problem.extra,
    }
    response = make_response(body, problem.status)
    response.content_type = "application/problem+json"
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _as_page(problem: Problem) -> Response:
    known = problem.status if problem.status in (403, 404, 409, 413, 419, 422, 429, 503) else 500
    if 400 <= problem.status < 500 and known == 500:
        known = 422
    data = {
        "status": problem.status,
        "title": problem.title,
        "detail": problem.detail,
        "reference": problem.reference,
        "conflicts": problem.extra.get("conflicts", []),
        "errors": problem.extra.get("errors", {}),
        "action": None,
        "came_from": web.page_before(),
    }
    g.is_trouble = problem.status >= 500  # the page must not ask a database that may be away
    template = "errors/_problem.html" if web.wants_fragment() else f"errors/{known}.html"
    response = make_response(render_template(template, **data), problem.status)
    response.vary.add("HX-Request")
    return response
