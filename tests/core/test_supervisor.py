"""The supervisor and what it checks first: every obstacle is one sentence, every dead child comes back."""

import base64
import os
import shutil
import signal
import smtplib
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import mail_sink, preflight, supervisor
from app.core.preflight import Refusal
from app.core.supervisor import Child, Supervisor

SLEEP = "import time; time.sleep(60)"
SLEEPER = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEP!r}])"


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


@pytest.fixture
def sleeper(tmp_path) -> Iterator[Child]:
    child = Child("sleeper", [sys.executable, "-c", SLEEPER], os.environ, tmp_path / "sleeper.log")
    child.start()
    yield child
    child.kill()


def test_a_taken_port_is_said_with_another_to_take(port):
    with pytest.raises(Refusal, match=f"Port {port} is taken .* PORT={port + 1}"):
        preflight.check_port("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_a_host_that_is_not_ours_is_said(host):
    with pytest.raises(Refusal, match="not an address of this machine"):
        preflight.check_port(host, 8000)


@pytest.mark.parametrize("text", ["0", "65536", "eighty", "-1", "80.5"])
def test_a_port_that_is_no_number_is_said(text):
    with pytest.raises(Refusal, match="PORT must be a number from 1 to 65535"):
        preflight.read_number({"PORT": text}, "PORT", 8000, 65535)


def test_a_full_disk_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 5 * 1024**2, 5 * 1024**2)
    )
    with pytest.raises(Refusal, match="Only 5 MB are free"):
        preflight.check_folder(tmp_path / "var")


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Refusal, match="cannot be written"):
        preflight.check_folder(tmp_path / "file" / "var")


@pytest.mark.parametrize("url", ["mysql://x/y", "localhost", "sqlite:///x.db"])
def test_a_database_of_another_kind_is_said(url):
    with pytest.raises(Refusal, match="DATABASE_URL is not the address of a PostgreSQL database"):
        preflight.check_database(url)


def test_a_database_that_is_away_is_said_without_its_password(port):
    with pytest.raises(Refusal, match="cannot be used") as caught:
        preflight.check_database("postgresql+psycopg://me:sesame@127.0.0.1:1/none")
    assert "sesame" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_migration_of_a_database_is_read(application, services):
    assert preflight.check_database(services["DATABASE_URL"]) == preflight.newest_migration()


def test_an_old_database_is_said(services, monkeypatch):
    monkeypatch.setattr(preflight, "OLDEST_POSTGRES", 99)
    with pytest.raises(Refusal, match="PostgreSQL 18 and Rapport needs 99"):
        preflight.check_database(services["DATABASE_URL"])


def test_a_redis_that_evicts_is_said(services, redis_settings):
    preflight.check_redis(services["REDIS_URL"])
    redis_settings("allkeys-lru")
    with pytest.raises(Refusal, match="maxmemory-policy to noeviction"):
        preflight.check_redis(services["REDIS_URL"])


@pytest.fixture
def redis_settings(services):
    from redis import Redis

    client = Redis.from_url(services["REDIS_URL"])
    yield lambda policy: client.config_set("maxmemory-policy", policy)
    client.config_set("maxmemory-policy", "noeviction")
    client.close()


@pytest.mark.parametrize(
    ("url", "words"), [("http://x", "not the address"), ("redis://:sesame@127.0.0.1:1", "cannot be used")]
)
def test_a_wrong_redis_is_said_without_its_password(url, words):
    with pytest.raises(Refusal, match=words) as caught:
        preflight.check_redis(url)
    assert "sesame" not in str(caught.value)


def test_secrets_are_made_once_and_kept_private(tmp_path):
    path = tmp_path / "secrets.env"
    first = preflight.keep_secrets(path, {})
    assert path.stat().st_mode & 0o777 == 0o600
    assert {len(base64.b64decode(value)) for value in first.values()} == {32}
    assert preflight.keep_secrets(path, {}) == first
    assert preflight.keep_secrets(path, {"SECRET_KEY": "mine"}) == first | {"SECRET_KEY": "mine"}


def test_secrets_of_the_environment_are_not_written(tmp_path):
    env = dict.fromkeys(preflight.SECRET_NAMES, "from outside")
    assert preflight.keep_secrets(tmp_path / "secrets.env", env) == env
    assert not (tmp_path / "secrets.env").exists()


def test_a_killed_child_is_told_of_and_takes_its_own_children_along(sleeper):
    while len(supervisor.session_members(sleeper.process.pid)) < 2:
        time.sleep(0.02)
    family = supervisor.session_members(sleeper.process.pid)
    sleeper.process.send_signal(signal.SIGKILL)
    sleeper.process.wait()
    assert sleeper.has_ended()
    assert "sleeper was ended by SIGKILL; starting it again" in sleeper.plan_restart()
    for _ in range(100):
        if not any(Path(f"/proc/{pid}/cwd").exists() for pid in family):
            return
        time.sleep(0.02)
    raise AssertionError("a grandchild lives on")


def test_a_child_that_keeps_ending_is_started_ever_more_slowly(sleeper):
    waits = []
    for _ in range(9):
        sleeper.kill()
        sleeper.started_at = time.monotonic()
        sleeper.plan_restart()
        waits.append(round(sleeper.due_at - time.monotonic(), 1))
    assert waits == sorted(waits)
    assert waits[0] <= 0.5
    assert waits[-1] == 30


def test_errors_in_a_log_are_passed_on_once_and_only_they(sleeper):
    sleeper.log.write_text(
        '{"level": "info", "event": "fine"}\nplain text\n'
        '{"level": "error", "event": "It broke.", "correlation_id": "c1"}\n{"level": "error", "event": "half a li'
    )
    assert list(sleeper.news()) == ["sleeper: It broke. (correlation_id c1)"]
    assert list(sleeper.news()) == []


def test_full_logs_move_aside_and_the_oldest_goes(tmp_path):
    log = tmp_path / "web.log"
    for number in range(5):
        log.write_text(str(number))
        supervisor.rotate(log)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {
        "web.log.1": "4",
        "web.log.2": "3",
        "web.log.3": "2",
    }


def test_only_one_runs_on_a_folder(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        free = str(probe.getsockname()[1])
    first, second = (Supervisor({"STATE_DIR": str(tmp_path), "PORT": free}) for _ in range(2))
    first.port = second.port = int(free)
    with (
        first._only_one(),
        pytest.raises(Refusal, match=f"already runs .*{free}, process {os.getpid()}"),
        second._only_one(),
    ):
        pass
    with second._only_one():
        pass


def test_the_mail_sink_keeps_messages_as_files_in_their_order(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        free = probe.getsockname()[1]
    sink = mail_sink.open_sink(tmp_path, "127.0.0.1", free)
    try:
        with smtplib.SMTP("127.0.0.1", free) as client:
            for number in range(3):
                client.sendmail("a@shop.test", ["b@home.test"], f"Subject: {number}\r\n\r\nGrüße".encode())
    finally:
        sink.stop()
    kept = sorted(tmp_path.glob("*"))
    assert [path.suffix for path in kept] == [".eml"] * 3
    assert [f"Subject: {number}" in path.read_text() for number, path in enumerate(kept)] == [True] * 3
