"""000-43: what nobody foresaw says "Network Error" with an id, to people and programs; the rest is in the log."""

import logging

import pytest

from app import create_app
from app.core import access
from tests.browser_client import inspect

SECRET = "password=hunter2 in /srv/app/secret.py"


@pytest.fixture(scope="module")
def broken(config):
    """The application with a fault on a page and in the API."""
    app = create_app(config)
    app.config.update(WTF_CSRF_ENABLED=False)

    @access.public
    def fault():
        raise RuntimeError(SECRET)

    app.add_url_rule("/fault", "fault", fault, methods=["GET", "POST"])
    app.add_url_rule("/api/v1/fault", "api_fault", fault, methods=["GET", "POST"])
    return app


def test_a_program_gets_the_code_and_an_id(broken, db, caplog):
    with caplog.at_level(logging.ERROR):
        answer = broken.test_client().post("/api/v1/fault", json={}, headers={"X-Request-ID": "trace12345"})
    assert answer.status_code == 500
    assert (answer.json["code"], answer.json["message"]) == ("NETWORK_ERROR", "Network Error")
    assert answer.json["request_id"] == answer.headers["X-Request-ID"] == "trace12345"
    assert "hunter2" not in answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)
    assert "hunter2" in caplog.text


def test_a_person_gets_a_page_with_the_same_id(broken, db, caplog):
    answer = broken.test_client().get("/fault")
    page = answer.get_data(as_text=True)
    inspect(page, is_page=True)
    assert answer.status_code == 500
    assert "Network Error" in page
    assert answer.headers["X-Request-ID"] in page
    assert "hunter2" not in page


def test_an_htmx_request_gets_a_fragment(broken, db):
    answer = broken.test_client().get("/fault", headers={"HX-Request": "true"})
    assert (answer.status_code, "<html" in answer.get_data(as_text=True)) == (500, False)
    assert "Network Error" in answer.get_data(as_text=True)
