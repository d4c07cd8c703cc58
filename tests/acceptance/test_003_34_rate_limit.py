"""003-34: so many requests per key and window, right with several processes, with a Retry-After that is true."""

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import make_employee, make_key

ROOT = Path(__file__).parent.parent.parent
PROCESS = """
import sys
from app import create_app
from config import Config
client = create_app(Config.from_env()).test_client()
print("ready", flush=True)
input()
for _ in range(40):
    print(client.get("/api/v1/me", headers={"Authorization": "Bearer " + sys.argv[1]}).status_code)
"""


@pytest.fixture
def limited(app, monkeypatch):
    """Set the limit for this test: `limited("3/minute")`."""

    def limit(text: str) -> None:
        monkeypatch.setitem(app.extensions, "rapport", replace(app.extensions["rapport"], api_limit=text))

    return limit


def ask(browser, secret: str | None = None, **headers: str):
    bearer = {"Authorization": f"Bearer {secret}"} if secret else {}
    return browser().http.get("/api/v1/me", headers={**bearer, **headers})


def test_the_101st_request_in_a_minute_is_refused(browser, limited):
    limited("100/minute")
    secret = make_key(make_employee())
    for n in range(100):
        answer = ask(browser, secret)
        assert (answer.status_code, answer.headers["RateLimit-Remaining"]) == (200, str(99 - n))
    refused = ask(browser, secret)
    assert (refused.status_code, refused.json["code"]) == (429, "too_many_requests")
    assert refused.headers["RateLimit-Limit"] == "100"
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert 50 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["Retry-After"] == refused.headers["RateLimit-Reset"]


def test_retry_after_is_true(browser, limited):
    limited("2/2 second")
    secret = make_key(make_employee())
    while (refused := ask(browser, secret)).status_code == 200:
        pass
    assert refused.headers["Retry-After"] in ("1", "2")
    time.sleep(int(refused.headers["Retry-After"]))
    assert ask(browser, secret).status_code == 200


def test_each_key_has_its_own_limit_and_strangers_share_their_addresss(browser, limited):
    limited("2/minute")
    alice, bob = make_key(make_employee()), make_key(make_employee())
    assert [ask(browser, alice).status_code for _ in range(3)] == [200, 200, 429]
    assert ask(browser, bob).status_code == 200
    guesses = [ask(browser, "rk_" + letter * 43).status_code for letter in "abc"]
    assert guesses == [401, 401, 429]
    assert ask(browser, None, **{"X-Forwarded-For": "203.0.113.7"}).status_code == 429
    assert ask(browser, bob).status_code == 200


def test_pages_are_not_counted(browser, limited):
    limited("1/minute")
    assert [browser().http.get("/sign-in").status_code for _ in range(3)] == [200, 200, 200]


@pytest.mark.long
@pytest.mark.slow
def test_four_processes_count_together(app, environment, db):
    secret = make_key(make_employee())
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, secret],
            cwd=ROOT,
            env={**environment, "API_LIMIT": "100/hour", "LOG_LEVEL": "ERROR"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    assert {process.stdout.readline() for process in processes} == {"ready\n"}
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [line for process in processes for line in process.communicate(timeout=120)[0].split()]
    assert (answers.count("200"), answers.count("429"), len(answers)) == (100, 60, 160)
