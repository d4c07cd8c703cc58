"""Visitors come, and say what they like of themselves."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.conversations.actions import channels
from app.conversations.models import Channel
from app.core.access import Actor
from app.core.db import db
from app.core.errors import Invalid
from app.engine.schedules import due_times
from app.people import details
from app.widget import sessions
from app.widget.models import Visitor, Widget

LONGEST_NAME = 80
LONGEST_PAGE = 500
NAMELESS = "Visitor"
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}")


@dataclass(frozen=True)
class Claims:
    """What somebody says of themselves and of the page they are on. Nobody checked it.

    `language` and `time_zone` are their browser's: "de-AT", "Europe/Vienna".
    """

    name: str = ""
    email: str = ""
    page: str = ""
    page_title: str = ""
    language: str = ""
    time_zone: str = ""


@dataclass(frozen=True)
class Welcome:
    """A new visitor, and the secret their browser keeps."""

    actor: Actor
    token: str


def begin(widget: Widget, claims: Claims) -> Welcome:
    """Let somebody new talk. Raises: Invalid where the widget asks for what is missing."""
    visitor = Visitor(widget_id=widget.widget_id, first_name=NAMELESS)
    _claim(visitor, widget, claims)
    db.session.add(visitor)
    db.session.flush()
    token = sessions.start(widget.widget_id, visitor.person_id, "none")
    known = sessions.load(sessions.SCHEME + token)
    if known is None:
        raise LookupError("a session just begun speaks for somebody")
    return Welcome(known, token)


def ask(
    widget: Widget, claims: Claims, message: str, *, actor: Actor | None, key: str | None, topic: str = ""
) -> tuple[Channel, str]:
    """Begin a topic; whoever is new becomes a visitor first. Returns the channel and, for the new, their secret.

    Raises: Invalid without a message, or where the widget asks for what is missing.
    """
    if not message.strip():
        raise Invalid(errors={"message": ["Write something first."]})
    if actor is not None:
        return channels.request_channel(actor=actor, topic=topic, message=message, client_key=key), ""
    new = begin(widget, claims)
    return channels.request_channel(actor=new.actor, topic=topic, message=message, client_key=key), new.token


def words_of(widget: Widget, rule_id: str) -> str:
    """What the widget said by itself on the page; "" where no such rule is."""
    return next((str(rule["words"]) for rule in widget.rules if rule["id"] == rule_id), "")


def claim_email(visitor: Visitor, email: str) -> None:
    """Note where a visitor would like the answer. It proves nothing and finds nobody. Raises: Invalid."""
    address = _email(email)
    if address is None:
        raise Invalid(errors={"email": ["Enter the address to answer to."]})
    visitor.claimed_email = address
    db.session.flush()


def _claim(visitor: Visitor, widget: Widget, claims: Claims) -> None:
    errors = {}
    if widget.asks_name == "required" and not claims.name.strip():
        errors["name"] = ["Enter your name."]
    if widget.asks_email == "required" and not claims.email.strip():
        errors["email"] = ["Enter your email."]
    if errors:
        raise Invalid(errors=errors)
    if widget.asks_name != "no":
        visitor.first_name = details.name(claims.name[:LONGEST_NAME]) or NAMELESS
    if widget.asks_email != "no":
        visitor.claimed_email = _email(claims.email)
    visitor.locale = claims.language if LANGUAGE.fullmatch(claims.language) else ""
    visitor.time_zone = claims.time_zone if claims.time_zone in due_times.zones() else ""
    note_page(visitor, widget, claims.page, claims.page_title)
    visitor.page, visitor.page_title = visitor.page_now, visitor.page_now_title


def note_page(visitor: Visitor, widget: Widget, page: str, title: str) -> None:
    """Note where a visitor is now, if the widget tells that."""
    if widget.tells_page and _shows(widget, page):
        visitor.page_now = details.plain_text(page[:LONGEST_PAGE], LONGEST_PAGE)
        visitor.page_now_title = details.plain_text(title[:LONGEST_PAGE], LONGEST_PAGE)


def _shows(widget: Widget, page: str) -> bool:
    """Employees open this address, so it is to be one of the pages that may show the widget."""
    try:
        parts = urlsplit(page)
    except ValueError:
        return False
    return f"{parts.scheme}://{parts.netloc}".lower() in widget.origins


def _email(text: str) -> str | None:
    try:
        return details.email(text)
    except Invalid as refusal:
        raise Invalid(errors={"email": [str(refusal)]}) from None
