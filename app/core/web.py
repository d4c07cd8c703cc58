"""Pages and fragments: what every route answers with, and where it may lead."""

import json
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, flash, make_response, redirect, render_template, request


def wants_fragment() -> bool:
    """True for an htmx swap; a boosted click or a history restore wants the whole page."""
    sent = request.headers
    return (
        sent.get("HX-Request") == "true"
        and sent.get("HX-Boosted") != "true"
        and sent.get("HX-History-Restore-Request") != "true"
    )


def is_api() -> bool:
    """True below /api/, where errors are problem documents and nobody is led to a sign-in page."""
    return request.path.startswith("/api/")


def wants_data() -> bool:
    """True where a program reads the answer, below /api/, on an event stream or of JSON: no page is of use there."""
    return is_api() or request.accept_mimetypes.best in ("text/event-stream", "application/json")


def keep_unlisted(response: Response) -> Response:
    """For pages whose address is a secret: no index has it. What other sites hear of is settled at the edge."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def render(page: str, fragment: str | None = None, /, *, status: int = 200, **data: Any) -> Response:
    """Answer with the page, or with the fragment alone when htmx asked for it."""
    template = fragment if fragment and wants_fragment() else page
    response = make_response(render_template(template, **data), status)
    response.vary.add("HX-Request")
    return response


def go(url: str, message: str = "", *, undo: str = "", undo_label: str = "Undo") -> Response:
    """Lead the browser to another page after a write: 303, or HX-Redirect for htmx.

    `message` is shown there as a toast; with `undo`, the address to post to, beside a button that undoes it.
    """
    if not is_local(url):
        url = "/"
    if message:
        flash({"text": message, "undo": undo, "undo_label": undo_label} if undo else message)  # type: ignore[arg-type]
    if not wants_fragment():
        return make_response(redirect(url, code=303))
    response = make_response("", 204)
    response.headers["HX-Redirect"] = url
    response.vary.add("HX-Request")
    return response


def trigger(response: Response, **events: Any) -> Response:
    """Tell the page that something happened; panes that care listen (`HX-Trigger`)."""
    present = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**present, **events})
    return response


def toast(response: Response, text: str, kind: str = "success", undo: str = "", undo_label: str = "Undo") -> Response:
    """Show a short message on the page that asked; with `undo`, the address to post to, beside a button."""
    return trigger(response, toast={"text": text, "kind": kind, "undo": undo, "undoLabel": undo_label})


def is_local(url: str) -> bool:
    """True for an address on this site: one path, no host, no trick that a browser reads as one."""
    if not url.startswith("/") or url.startswith(("//", "/\\")) or len(url) > 2000:
        return False
    if any(ord(character) < 0x21 or character == "\\" for character in url):
        return False
    parts = urlsplit(url)
    return not parts.scheme and not parts.netloc


def page_before() -> str:
    """The page of this site the request came from; the start page when that is unknown."""
    came_from = urlsplit(request.referrer or "")
    address = came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return address if came_from.netloc == request.headers.get("Host", "") and is_local(address) else "/"


def safe_next(default: str = "/") -> str:
    """Where `?next=` leads, when that is on this site."""
    wanted = request.values.get("next", "")
    return wanted if is_local(wanted) else default


def public_url(path: str) -> str:
    """An address for mails: built from configuration, never from a request's Host."""
    return current_app.extensions["rapport"].public_url + path


def check_token() -> None:
    """Look for the token that every form carries, where a route that is exempt looks by itself. Raises: CSRFError."""
    if current_app.config["WTF_CSRF_ENABLED"]:
        current_app.extensions["csrf"].protect()


def client_address() -> str:
    """The address the request came from, as far as the configured proxies vouch for it."""
    return request.remote_addr or "unknown"


def plain_cell(value: object) -> str:
    """A cell of a downloaded table that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r", "\x00") and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
