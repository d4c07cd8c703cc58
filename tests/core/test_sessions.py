"""What a browser keeps in its cookie: ours alone, and nobody's but its request's."""

import pytest
from flask import request


@pytest.fixture
def cookie(app):
    client = app.test_client()
    with client.session_transaction() as session:
        session["seen"] = ["lamps"]
    return client.get_cookie("rapport").value


def opened(app, cookie):
    with app.test_request_context(headers={"Cookie": f"rapport={cookie}"}):
        return app.session_interface.open_session(app, request)


def test_what_one_request_adds_the_next_with_the_same_cookie_does_not_find(app, cookie):
    opened(app, cookie)["seen"].append("chairs")
    session = opened(app, cookie)
    assert (session["seen"], session.modified) == (["lamps"], False)


def test_a_cookie_that_is_not_ours_says_nothing(app, cookie):
    payload, _dot, signature = cookie.partition(".")
    for forged in ("", "x", payload, f"{payload}x.{signature}", f"{cookie}x"):
        assert opened(app, forged) == {}
