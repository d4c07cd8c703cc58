"""Programs that hold keys."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.browser_client import OwnContext
from tests.factories import make_employee, make_key


class Program:
    """A program with a key, or without one."""

    def __init__(self, app: Any, secret: str | None):
        self.http = OwnContext(app, app.response_class, use_cookies=True)
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def __call__(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        root = "" if path.startswith("/api/") else "/api/v1"
        return self.http.open(root + path, method=method, headers={**self.headers, **(headers or {})}, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self("POST", path, **({"json": json} if json is not None else {}), **options)

    def patch(self, path: str, json: Any, **options: Any) -> TestResponse:
        return self("PATCH", path, json=json, **options)

    def tag(self, path: str) -> dict[str, str]:
        """The header with which to change a resource."""
        return {"If-Match": self.get(path).headers["ETag"]}


@pytest.fixture
def program(app) -> Callable[..., Program]:
    """Start a program: `program()` without a key, `program(alice, "customers.read")` with one of hers."""

    def start(owner=None, *permissions: str) -> Program:
        return Program(app, make_key(owner, *permissions) if owner is not None else None)

    return start


@pytest.fixture
def admin(db):
    return make_employee("admin", first_name="Ada", last_name="Admin")


@pytest.fixture
def api(program, admin) -> Program:
    """A program with every right of an admin."""
    return program(admin)


@pytest.fixture
def unlimited(app, monkeypatch):
    """No limit of requests, for tests that ask every route."""
    monkeypatch.setitem(app.extensions, "rapport", replace(app.extensions["rapport"], api_limit="1000000/minute"))
