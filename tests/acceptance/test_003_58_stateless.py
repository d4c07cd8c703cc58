"""003-58: any web process answers any request; nothing is kept in a process or on its disk."""

from pathlib import Path

import pytest

from app import create_app
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee


@pytest.fixture
def second(config):
    """Another process' application on the same database and Redis."""
    other = create_app(config)
    other.testing = True
    other.config.update(WTF_CSRF_ENABLED=False)
    return other


def test_a_person_goes_on_in_another_process(db, browser, second):
    make_customer(last_name="Moreau")
    first = browser(make_employee())
    assert "Moreau" in text_of(first.get("/customers"))
    cookie = first.http.get_cookie("rapport")
    client = second.test_client()
    client.set_cookie("rapport", cookie.value)
    assert b"Moreau" in client.get("/customers").data
    first.post("/sign-out")
    assert client.get("/customers").status_code == 302


def test_pages_write_no_files(db, browser, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    visitor = browser(make_employee("manager"))
    for path in ("/", "/customers", "/transactions", "/performance", "/imports"):
        assert visitor.get(path).status_code == 200
    assert list(Path(tmp_path).rglob("*")) == []
