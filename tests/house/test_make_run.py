"""`make run` as a small business meets it: whole processes, in a folder with a space in its name."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SETTINGS = ("DATABASE_URL", "REDIS_URL", "SMTP_URL", "PUBLIC_URL", "RAPPORT_URL", "STATE_DIR", "SECRET_KEY", "DATA_KEY")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait_for(condition: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@dataclass
class House:
    """One installation: its folder of state, its port, and the launcher when it runs."""

    state: Path
    port: int
    launcher: subprocess.Popen | None = None

    def start(self, **env: str) -> None:
        clean = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        clean |= {"STATE_DIR": str(self.state), "PORT": str(self.port), **env}
        self.console = self.state.with_name("console.txt").open("w+")
        self.launcher = subprocess.Popen(
            [sys.executable, "rapport.py"], cwd=ROOT, env=clean, stdout=self.console, stderr=subprocess.STDOUT
        )

    def said(self) -> str:
        return self.state.with_name("console.txt").read_text()

    def is_running(self) -> bool:
        return self.launcher is not None and self.launcher.poll() is None

    def is_ready(self) -> bool:
        return "Rapport is ready" in self.said() or self.launcher.poll() is not None

    def status(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def family(self) -> dict[str, psutil.Process]:
        names = {}
        for process in psutil.Process(self.launcher.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it may end while we look
                command = " ".join(process.cmdline())
                if found := re.search(r"gunicorn|worker\.py \w+|rapport\.py mail|postgres -D|valkey-server", command):
                    names.setdefault(found.group(), process)
        return names

    def end(self, number: int = signal.SIGINT) -> float:
        begun = time.monotonic()
        self.launcher.send_signal(number)
        self.launcher.wait(30)
        return time.monotonic() - begun


def made_in(folder: Path) -> Iterator[House]:
    (folder / "var").mkdir()
    house = House(folder / "var", free_port())
    yield house
    if house.is_running():
        house.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Iterator[House]:
    yield from made_in(tmp_path_factory.mktemp("a small business"))


@pytest.fixture
def another(tmp_path) -> Iterator[House]:
    yield from made_in(tmp_path)


@pytest.fixture
def running(house) -> House:
    """The house as the test before left it, and started where that ended it: a start takes its time."""
    if not house.is_running():
        house.start()
        assert wait_for(house.is_ready, 90), house.said()
    return house


def test_first_start_shows_the_address_and_four_sign_ins(house):
    house.start()
    assert wait_for(house.is_ready, 90), house.said()
    assert f"http://127.0.0.1:{house.port}" in house.said()
    demo = json.loads((house.state / "demo.json").read_text())
    assert set(demo["people"]) == {"admin", "manager", "agent", "customer"}
    for person in demo["people"].values():
        assert person["email"] in house.said()
    assert house.status("/readyz") == 200
    assert house.status("/sign-in") == 200
    assert house.end() < 10
    assert house.launcher.returncode == 0


def test_second_start_is_quick_and_keeps_the_company(house):
    before = (house.state / "demo.json").read_text()
    begun = time.monotonic()
    house.start()
    assert wait_for(house.is_ready, 90), house.said()
    assert time.monotonic() - begun < 30  # 5 on a machine that does nothing else
    assert "making the demo company" not in house.said()
    assert json.loads((house.state / "demo.json").read_text())["people"] == json.loads(before)["people"]


def test_a_second_one_on_the_same_folder_says_so_and_ends(running):
    refused = run(STATE_DIR=str(running.state), PORT=str(free_port()))
    assert "already runs" in refused.stderr
    assert str(running.port) in refused.stderr
    assert running.status("/healthz") == 200


def test_every_killed_child_comes_back_and_is_told_of(running):
    house, before = running, running.family()
    assert len(before) == 8, sorted(before)
    for process in before.values():
        process.kill()
    assert wait_for(lambda: len(house.family()) == 8 and house.status("/readyz") == 200, 90), house.said()
    told = house.said()
    for name in (
        "web",
        "worker-critical",
        "worker-default",
        "worker-bulk",
        "worker-clock",
        "mail",
        "postgresql",
        "valkey",
    ):
        assert re.search(rf"{name} .*(starting it again|started it again)", told), name
    assert not {process.pid for process in before.values()} & {process.pid for process in house.family().values()}


@pytest.mark.long
def test_nothing_outlives_a_killed_launcher_and_the_next_start_works(running):
    house = running
    family = psutil.Process(house.launcher.pid).children(recursive=True)
    house.launcher.kill()
    house.launcher.wait()
    assert not psutil.wait_procs(family, timeout=15)[1]
    house.start()
    assert wait_for(house.is_ready, 40)
    assert house.status("/readyz") == 200, house.said()
    assert house.end(signal.SIGTERM) < 10


def run(**env: str) -> subprocess.CompletedProcess[str]:
    """Start where something is in the way: one sentence, code 1, no traceback."""
    clean = {name: value for name, value in os.environ.items() if name not in SETTINGS}
    result = subprocess.run(
        [sys.executable, "rapport.py"],
        cwd=ROOT,
        env=clean | env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 1, result
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert result.stderr.rstrip().endswith(".")
    return result


def test_a_taken_port_is_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"Port {port} is taken" in run(STATE_DIR=str(tmp_path), PORT=str(port)).stderr


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://localhost/shop", "DATABASE_URL is not the address"),
        ("postgresql://me:sesame@127.0.0.1:1/shop", "cannot be used"),
    ],
)
def test_a_wrong_database_is_one_sentence(tmp_path, services, url, words):
    said = run(STATE_DIR=str(tmp_path), PORT=str(free_port()), DATABASE_URL=url, REDIS_URL=services["REDIS_URL"]).stderr
    assert words in said
    assert "sesame" not in said


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_is_one_sentence(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m", "none", small], check=False, capture_output=True
    ).returncode:
        pytest.skip("this machine does not let us mount")
    try:
        assert "free for" in run(STATE_DIR=str(small / "var"), PORT=str(free_port())).stderr
    finally:
        subprocess.run(["umount", small], check=True)


@pytest.mark.long
def test_external_servers_are_used_when_given(another, services):
    """Addresses of servers that run already: nothing of our own is started beside them."""
    import psycopg

    with psycopg.connect(services["DATABASE_URL"].replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS another")
        connection.execute("CREATE DATABASE another")
    url = services["DATABASE_URL"].replace("/rapport?", "/another?")
    another.start(DATABASE_URL=url, REDIS_URL=services["REDIS_URL"], DEMO="no")
    assert wait_for(another.is_ready, 60), another.said()
    assert another.status("/readyz") == 200
    assert not {"postgres -D", "valkey-server"} & set(another.family())
    assert another.end() < 10


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_says_what_it_can_do_and_refuses_an_old_python(tmp_path):
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"run", "test", "check", "bench", "seed"} <= {line.split()[0] for line in listed.splitlines()}
    old = subprocess.run(
        ["make", "run", f"VENV={tmp_path}/none", "BASE="], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert old.returncode
    assert "needs Python 3.11 or newer" in old.stderr
