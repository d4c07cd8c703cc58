"""How values look on a page: the filters and globals every template may use."""

import hashlib
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_timedelta
from flask import Flask, current_app, request
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from app.core.clock import now
from app.core.money import format_money

HUES = 12
LOCALE = Locale("en", "GB")
MONTHS = LOCALE.months["format"]["abbreviated"]


def init(app: Flask) -> None:
    """Give the templates their filters and globals."""
    app.extensions["rapport_assets"] = {}
    for function in (when, day, clock_time, number, duration, initials, hue):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.filters["money"] = money
    app.jinja_env.globals.update(asset=asset, icon=icon, query_with=query_with)


def when(moment: datetime | None) -> Markup:
    """A moment as people say it, the exact time on hover."""
    if moment is None:
        return Markup('<span class="text-secondary">–</span>')
    here = moment.astimezone(_zone())
    exact = f"{_date(here)}, {here:%H:%M}"
    return Markup(f'<time datetime="{here.isoformat(timespec="seconds")}" title="{exact}">{_relative(here)}</time>')  # noqa: S704 - made of numbers and names of months


def _relative(moment: datetime) -> str:
    passed = (now() - moment).total_seconds()
    if abs(passed) < 45:
        return "just now"
    if abs(passed) < 90:
        passed = 75 if passed > 0 else -75  # which is said as one minute
    if abs(passed) < 6 * 86400:
        return format_timedelta(
            timedelta(seconds=-passed), add_direction=True, format="short", threshold=1.2, locale=LOCALE
        )
    return _date(moment, with_year=moment.year != now().year)


def _date(value: date, *, with_year: bool = True) -> str:
    return f"{value.day} {MONTHS[value.month]}" + (f" {value.year}" if with_year else "")


def _zone() -> ZoneInfo:
    return ZoneInfo(current_app.extensions["rapport"].time_zone)


def day(value: date | datetime | None) -> str:
    """A calendar day: "6 Jun 2011"."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = value.astimezone(_zone()).date()
    return _date(value)


def clock_time(moment: datetime, *, with_seconds: bool = False) -> str:
    """The time of day in the shop's zone: "14:05"."""
    return moment.astimezone(_zone()).strftime("%H:%M:%S" if with_seconds else "%H:%M")


def number(value: float | None, decimals: int = 0) -> str:
    """1,240 · 4.6 · – for nothing."""
    return "–" if value is None else f"{value:,.{decimals}f}"


def duration(seconds: float | None) -> str:
    """A length of time in at most two units: "45 s", "4 min", "1 h 20 min", "3 d 4 h"."""
    if seconds is None:
        return "–"
    minutes = int(seconds // 60)
    if minutes < 1:
        return f"{int(seconds)} s"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 60 * 24:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    days, hours = minutes // 1440, minutes % 1440 // 60
    return f"{days} d {hours} h" if hours else f"{days} d"


def initials(name: str) -> str:
    """At most two letters for an avatar."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def hue(identity: object) -> int:
    """A stable colour for a person or thing: 0 to 11."""
    return sum(str(identity).encode()) % HUES


def asset(path: str) -> str:
    """The address of a static file, with its version, so that it can be cached for ever."""
    versions: dict[str, str] = current_app.extensions["rapport_assets"]
    if path not in versions or current_app.debug:
        file = Path(str(current_app.static_folder), path)
        versions[path] = hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "0"
    return f"{current_app.static_url_path}/{path}?v={versions[path]}"


def icon(name: str, label: str | None = None, size: int = 20) -> Markup:
    """An icon of the sprite; decoration unless it has a label."""
    return _drawn(name, label, size, asset("icons.svg"))


@lru_cache(maxsize=2000)
def _drawn(name: str, label: str | None, size: int, sprite: str) -> Markup:
    spoken = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon" width="{0}" height="{0}" {1}><use href="{2}#{3}"></use></svg>').format(
        size, spoken, sprite, name
    )


def query_with(**changes: Any) -> str:
    """The present query string with some keys changed; None removes one."""
    values = MultiDict(request.args)
    for key, value in changes.items():
        values.poplist(key)
        if value is not None:
            values[key] = value
    return "?" + urlencode(list(values.items(multi=True)))


def money(amount_minor: int | None, currency: str) -> str:
    """-£12.50, or a dash when there is no amount."""
    return "–" if amount_minor is None else format_money(amount_minor, currency)
