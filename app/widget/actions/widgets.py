"""Making widgets and changing what they look like, say and allow."""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from app.core.access import Actor
from app.core.db import db
from app.core.errors import Invalid
from app.core.texts import plain_text
from app.engine.events import actions as events
from app.widget import queries
from app.widget.models import Widget

LONGEST_NAME = 80
LONGEST_TEXT = 500
LONGEST_PATTERN = 200
MOST_ORIGINS = 20
MOST_RULES = 10
LONGEST_WAIT_SECONDS = 3600
MINUTES_A_DAY = 24 * 60
FEWEST_DAYS, MOST_DAYS = 7, 3650
SIDES = ("right", "left")
ASKS = ("no", "optional", "required")
COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True)
class WidgetDetails:
    """What is set of a widget. `rules`: each a page pattern, seconds on the page, and the words shown then."""

    name: str
    colour: str = "#1b6ac9"
    side: str = "right"
    greeting: str = "Hello! How can we help you?"
    away_text: str = "We are away at the moment."
    asks_name: str = "optional"
    asks_email: str = "no"
    origins: list[str] = field(default_factory=list)
    tells_page: bool = False
    rules: list[dict[str, Any]] = field(default_factory=list)
    offer_after_minutes: int = 5
    mail_after_minutes: int = 3
    is_on: bool = True


def create_widget(details: WidgetDetails, *, actor: Actor, key: str = "") -> Widget:
    """Make a widget with a key and a secret of its own. Raises: Invalid, by field."""
    widget = Widget(key=key or secrets.token_urlsafe(9), secret=secrets.token_urlsafe(32), **_checked(details))
    db.session.add(widget)
    db.session.flush()
    _tell("widget.created", widget, actor)
    return widget


def change_widget(widget: Widget, details: WidgetDetails, *, actor: Actor) -> None:
    """Let a widget be as these details say. Raises: Invalid, by field."""
    for name, value in _checked(details).items():
        setattr(widget, name, value)
    db.session.flush()
    _tell("widget.changed", widget, actor)


def details_of(widget: Widget) -> dict[str, Any]:
    """What is set of a widget, by name."""
    return {field.name: getattr(widget, field.name) for field in fields(WidgetDetails)}


def rotate_secret(widget: Widget, *, actor: Actor) -> None:
    """Give a widget another secret; identities signed with the old one prove nothing any more."""
    widget.secret = secrets.token_urlsafe(32)
    db.session.flush()
    _tell("widget.secret_rotated", widget, actor)


def delete_widget(widget: Widget, *, actor: Actor) -> None:
    """Take a widget from all pages. What was said through it stays; browsers it was said in are forgotten."""
    _tell("widget.deleted", widget, actor)
    db.session.delete(widget)
    db.session.flush()


def decide_about_visitors(forget_after_days: int, *, actor: Actor) -> None:
    """Decide how long visitors nobody proved are remembered after their last chat. Raises: Invalid."""
    if not FEWEST_DAYS <= forget_after_days <= MOST_DAYS:
        raise Invalid(errors={"forget_after_days": [f"Enter {FEWEST_DAYS} to {MOST_DAYS:,} days."]})
    settings = queries.get_settings()
    settings.forget_after_days = forget_after_days
    db.session.add(settings)
    db.session.flush()
    events.emit("visitors.decided", actor=actor, subject_id=None, forget_after_days=forget_after_days)


def clean_origin(text: str) -> str:
    """An origin as browsers write it: "https://example.com". Raises: Invalid.

    Plain http is for this machine only: elsewhere anybody on the way could put words into the page.
    """
    parts = urlsplit(text.strip().lower())
    is_local = parts.hostname in ("localhost", "127.0.0.1")
    if parts.scheme not in ("https", "http") or not parts.hostname or (parts.scheme == "http" and not is_local):
        raise Invalid(f"“{text.strip()[:80]}” is no origin. Write it as https://www.example.com, one on each line.")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username or not _is_host(parts.hostname):
        raise Invalid(f"“{text.strip()[:80]}” says more than an origin. Leave out what comes after the name.")
    try:
        port = parts.port
    except ValueError:
        raise Invalid(f"“{text.strip()[:80]}” has a port that cannot be.") from None
    standard = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port and port != standard else "")


def _is_host(name: str) -> bool:
    return re.fullmatch(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", name) is not None


def _checked(details: WidgetDetails) -> dict[str, Any]:
    values, errors = dict(vars(details)), dict[str, list[str]]()
    for name, longest in (("name", LONGEST_NAME), ("greeting", LONGEST_TEXT), ("away_text", LONGEST_TEXT)):
        _put(values, errors, name, partial(_words, values[name], longest))
    for name, choices in (("side", SIDES), ("asks_name", ASKS), ("asks_email", ASKS)):
        _put(values, errors, name, partial(_one_of, values[name], choices))
    for name in ("offer_after_minutes", "mail_after_minutes"):
        _put(values, errors, name, partial(_minutes, values[name]))
    _put(values, errors, "colour", partial(_colour, details.colour))
    _put(values, errors, "origins", partial(_origins, details.origins))
    _put(values, errors, "rules", partial(_rules, details.rules))
    if errors:
        raise Invalid(errors=errors)
    return values


def _put(values: dict[str, Any], errors: dict[str, list[str]], name: str, read: Callable[[], Any]) -> None:
    try:
        values[name] = read()
    except Invalid as refusal:
        errors[name] = [str(refusal)]


def _words(text: str, longest: int) -> str:
    words = plain_text(text, longest)
    if not words:
        raise Invalid("Write something here.")
    return words


def _one_of(value: str, choices: tuple[str, ...]) -> str:
    if value not in choices:
        raise Invalid("Choose one of these.")
    return value


def _minutes(value: int) -> int:
    if not 1 <= value <= MINUTES_A_DAY:
        raise Invalid("Enter 1 to 1,440 minutes.")
    return value


def _colour(text: str) -> str:
    colour = text.strip().lower()
    if not COLOUR.fullmatch(colour):
        raise Invalid("Choose a colour such as #1b6ac9.")
    return colour


def _rules(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [_rule(rule) for rule in _at_most(rules, MOST_RULES, "messages")]


def _at_most(values: list[Any], most: int, what: str) -> list[Any]:
    if len(values) > most:
        raise Invalid(f"There can be at most {most} {what}.")
    return values


def _origins(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(clean_origin(text) for text in _at_most(texts, MOST_ORIGINS, "origins") if text.strip()))


def _rule(rule: dict[str, Any]) -> dict[str, Any]:
    """A message shown by itself. Its id comes of its words, so that who saw others may see these."""
    page, words = str(rule.get("page", "")).strip(), plain_text(str(rule.get("words", "")), LONGEST_TEXT)
    seconds = rule.get("seconds")
    if len(page) > LONGEST_PATTERN or (page and not page.startswith(("/", "*"))):
        raise Invalid("Write the page as the address after the name, such as /lamps/*.")
    if not isinstance(seconds, int) or not 0 <= seconds <= LONGEST_WAIT_SECONDS:
        raise Invalid("Enter 0 to 3,600 seconds for a message.")
    if not words:
        raise Invalid("Write what the message says.")
    return {"id": hashlib.sha256(words.encode()).hexdigest()[:8], "page": page, "seconds": seconds, "words": words}


def _tell(kind: str, widget: Widget, actor: Actor) -> None:
    events.emit(kind, actor=actor, subject_id=widget.widget_id, widget_id=str(widget.widget_id))
