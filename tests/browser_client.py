"""A browser for tests: follows the house's rules, and looks at every page it gets."""

import html
import re
from contextvars import Context
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.accounts import sign_ins
from app.core.db import db


class OwnContext(FlaskClient):
    """Requests that share nothing with the test: own `g`, own database session, as in production."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        return Context().run(super().open, *args, **options)


class Browser:
    """One browser with its own cookies, signed in or not."""

    def __init__(self, app: Flask, person_id: UUID | None = None):
        self.http = OwnContext(app, app.response_class, use_cookies=True)
        if person_id is not None:
            with app.test_request_context():
                token = sign_ins.start(person_id, address="127.0.0.1", device="test")
                db.session.commit()
            with self.http.session_transaction() as session:
                session["token"] = token

    def get(self, path: str, fragment: bool = False, **options: Any) -> TestResponse:
        """Open a page, or ask for its fragment as htmx does."""
        return self._look(self.http.get(path, headers=self._headers(fragment, options), **options), fragment)

    def post(
        self, path: str, data: dict[str, Any] | None = None, fragment: bool = False, **options: Any
    ) -> TestResponse:
        """Send a form, plainly or as htmx does."""
        headers = self._headers(fragment, options)
        return self._look(self.http.post(path, data=data, headers=headers, **options), fragment)

    def follow(self, response: TestResponse) -> TestResponse:
        """Go where the answer to a plain form leads."""
        assert response.status_code in (302, 303), (
            response.status_code,
            response.get_data(as_text=True)[:2000],
        )
        return self.get(response.headers["Location"])

    @staticmethod
    def _headers(fragment: bool, options: dict[str, Any]) -> dict[str, str]:
        return {**({"HX-Request": "true"} if fragment else {}), **options.pop("headers", {})}

    @staticmethod
    def _look(response: TestResponse, fragment: bool) -> TestResponse:
        if response.mimetype == "text/html" and response.data and not response.is_streamed:
            inspect(response.get_data(as_text=True), is_page=not fragment)
        if response.mimetype == "text/event-stream":
            response.close()  # nobody reads on: a live page needs a server (see live_server)
        return response


def text_of(response: TestResponse) -> str:
    """The visible words of a page, with single spaces."""
    body = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.get_data(as_text=True), flags=re.S)
    words = re.sub(r"<[^>]+>", " ", body)
    return " ".join(html.unescape(words).split())


TAG = re.compile(r"""<!--.*?-->|<(/?[a-z][a-z0-9-]*)((?:[^"'>]|"[^"]*"|'[^']*')*)>""", re.DOTALL | re.IGNORECASE)
CONTENT = re.compile(r"(<(script|style)\b[^>]*>).*?(?=</\2)", re.DOTALL | re.IGNORECASE)
ATTRIBUTE = re.compile(r"""([^\s"'=/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+)))?""")
NEEDED = {"a": "href", "form": "action", "script": "src", "img": "alt"}
FIELDS = ("input", "select", "textarea")
LOOKED_AT = {*NEEDED, *FIELDS, "h1", "label"}
OF_ANY_TAG = re.compile(r"\b(id|style|on[a-z]+)\s*=", re.IGNORECASE)


class _Inspector:
    """What a page is made of, and its faults: found by patterns, as a parser takes several times as long."""

    def __init__(self, markup: str) -> None:
        self.ids: list[str] = []
        self.headings = 0
        self.faults: list[str] = []
        self.labels_for: set[str] = set()
        self.inputs: list[dict[str, str]] = []
        self.depth_of_label = 0
        for tag, attributes in TAG.findall(CONTENT.sub(r"\1", markup)):
            self._take(tag.lower(), attributes)

    def _take(self, tag: str, attributes: str) -> None:
        if tag == "/label":
            self.depth_of_label -= 1
        if tag not in LOOKED_AT and (tag[:1] == "/" or not OF_ANY_TAG.search(attributes)):
            return
        values = {name.lower(): a or b or c for name, a, b, c in ATTRIBUTE.findall(attributes)}
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "h1":
            self.headings += 1
        if tag in NEEDED and (NEEDED[tag] not in values or (tag == "a" and not values["href"])):
            self.faults.append(f"<{tag}> without {NEEDED[tag]}")
        if "style" in values or any(name.startswith("on") for name in values):
            self.faults.append(f"an inline style or handler on <{tag}>")
        if tag == "label":
            self.depth_of_label += 1
            self.labels_for.add(values.get("for", ""))
        if tag in FIELDS and values.get("type") not in ("hidden", "submit", "button"):
            values["_in_label"] = "yes" if self.depth_of_label else ""
            self.inputs.append(values)


def inspect(markup: str, is_page: bool) -> None:
    """Fail when a page breaks a rule of the house, whichever test happens to look at it."""
    inspector = _Inspector(markup)
    faults = inspector.faults
    repeated = {name for name in inspector.ids if inspector.ids.count(name) > 1}
    if repeated:
        faults.append(f"repeated ids {sorted(repeated)}")
    if is_page and inspector.headings != 1:
        faults.append(f"{inspector.headings} h1 elements")
    for field in inspector.inputs:
        named = field.get("aria-label") or field.get("aria-labelledby") or field["_in_label"]
        if not named and field.get("id", "-") not in inspector.labels_for:
            faults.append(f"a field without a label: {field.get('name')}")
    assert not faults, f"{faults} in {markup[:1500]}"
