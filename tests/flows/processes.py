"""A whole Rapport in processes of its own, as an operator runs it: what faults and real browsers are tried on."""

import base64
import contextlib
import html
import json
import os
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg

from app.core.embedded import Server, Services
from app.core.supervisor import Child
from tests.mail_server import MailServer, free_port

ROOT = Path(__file__).parents[2]
LANES = ("critical", "default", "bulk", "clock")
READY_SECONDS = 90.0
TLS = ssl.create_default_context()  # nothing here speaks it, but each client would read all certificates anew


def wait_until(condition: Callable[[], Any], seconds: float, what: str = "") -> Any:
    """Wait for a condition, however slow the machine; fails after some seconds and says what did not come."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what or condition}"
        time.sleep(0.05)
    return found


@dataclass
class Person:
    """What one of the demo's people types to sign in."""

    email: str
    password: str


@dataclass
class House:
    """Servers, web processes, workers and the clock on the demo company. Nothing of it runs in this process."""

    folder: Path
    services: Services
    mail: MailServer
    env: dict[str, str]
    people: dict[str, Person] = field(default_factory=dict)
    children: dict[str, Child] = field(default_factory=dict)

    @property
    def postgres(self) -> Server:
        """The database server."""
        return self.services.servers[0]

    @property
    def redis(self) -> Server:
        """The Redis server."""
        return self.services.servers[1]

    @property
    def url(self) -> str:
        """Where the web processes answer."""
        return self.env["PUBLIC_URL"]

    def start(self, name: str, *command: str, **env: str) -> Child:
        """Start one process of the house."""
        child = Child(name, [sys.executable, *command], {**self.env, **env}, self.folder / f"{name}.log")
        self.children[name] = child
        child.start()
        return child

    def start_web(self, name: str = "web", port: int = 0, workers: int = 2) -> str:
        """Start gunicorn as `make run` does, and wait for its first answer; returns its address."""
        port = port or urlsplit(self.url).port or 0
        counters = self.folder / f"{name}.metrics"
        command = ("-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app")
        self.start(name, *command, PORT=str(port), WEB_WORKERS=str(workers), PROMETHEUS_MULTIPROC_DIR=str(counters))
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: is_up(address), READY_SECONDS, f"{name} answers: {self.said(name)}")
        return address

    def move_in(self) -> None:
        """Make the schema and the demo company with its four people."""
        self.run("-m", "flask", "db", "upgrade")
        self.run("-m", "flask", "seed", "demo")
        found = json.loads((self.folder / "demo.json").read_text())
        self.people = {role: Person(**person) for role, person in found["people"].items()}

    def run(self, *command: str) -> str:
        """Run one Python program of the house to its end; returns what it printed."""
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start_helpers(self) -> None:
        """Start the three lanes and the clock."""
        for lane in LANES:
            self.start(lane, "worker.py", lane)

    def stop(self, *names: str) -> None:
        """Stop these processes, or all, in order."""
        leaving = [self.children.pop(name) for name in names or tuple(self.children)]
        for child in leaving:
            child.ask_to_end()
        deadline = time.monotonic() + 6
        while time.monotonic() < deadline and not all(child.has_ended() for child in leaving):
            time.sleep(0.02)
        for child in leaving:
            child.kill()

    def kill(self, name: str) -> None:
        """kill -9, without a word of warning."""
        process = self.children[name].process
        assert process is not None
        process.kill()
        process.wait()

    def kill_worker(self, lane: str) -> None:
        """Kill the only worker of a lane, and let it be half a minute later: others may take its jobs over."""
        self.kill(lane)
        with self.connect() as connection:
            connection.execute("UPDATE jobs SET lease_until = now() WHERE state = 'running' AND lane = %s", (lane,))

    def let_time_pass(self, key: str) -> None:
        """Let it be later for jobs that wait for their moment: they are due now. `key` is as in LIKE."""
        with self.connect() as connection:
            connection.execute("UPDATE jobs SET due_at = now() WHERE state = 'queued' AND key LIKE %s", (key,))

    def revive(self) -> list[str]:
        """Start again what has ended, as systemd or `make run` would; returns the names."""
        ended = [child for child in self.children.values() if child.has_ended()]
        for child in ended:
            child.start()
        return [child.name for child in ended]

    def web_workers(self, name: str = "web") -> list[psutil.Process]:
        """The processes that answer requests."""
        process = self.children[name].process
        assert process is not None
        return [worker for worker in psutil.Process(process.pid).children() if worker.status() != "zombie"]

    def said(self, name: str) -> str:
        """What a process logged last."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]

    def ask(self, statement: str, *values: Any) -> Any:
        """The first value of the first row, from the database and past the application; None without a row."""
        with self.connect() as connection:
            row = connection.execute(statement, values).fetchone()
        return row[0] if row else None

    def connect(self) -> psycopg.Connection:
        """A connection of the test's own; use it as a context manager."""
        return psycopg.connect(self.env["DATABASE_URL"].replace("+psycopg", "", 1))

    def visitor(self, role: str = "") -> "Visitor":
        """A browser without JavaScript; signed in through the form when a role is named."""
        visitor = Visitor(self.url)
        if role:
            person = self.people[role]
            answer = visitor.post("/sign-in", email=person.email, password=person.password)
            assert answer.status_code == 303, answer.text[:2000]
        return visitor


class Visitor:
    """A browser without JavaScript, one connection per request: it meets both web processes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(timeout=60, headers={"Connection": "close"}, trust_env=False, verify=TLS)
        self.token = ""

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page and keep the token for its forms."""
        answer = self.http.get(self.url + path, headers=headers)
        if found := re.search(r'"X-CSRFToken": "([^"]+)"', html.unescape(answer.text)):
            self.token = found[1]
        return answer

    def post(self, path: str, **values: str) -> httpx.Response:
        """Send a form; the first one fetches a token."""
        if not self.token or path == "/sign-in":
            self.get("/sign-in")
        answer = self.http.post(self.url + path, data={**values, "csrf_token": self.token})
        if path == "/sign-in":
            self.token = ""
            self.get("/settings")
        return answer

    def field(self, path: str, name: str) -> str:
        """The value a page has put into a hidden field."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.get(path).text)
        assert found, f"{path} has no {name}"
        return html.unescape(found[1])


def is_up(address: str) -> bool:
    """Say whether a web process answers."""
    try:
        return httpx.get(f"{address}/healthz", timeout=5, trust_env=False, verify=TLS).status_code == 200
    except httpx.HTTPError:
        return False


@contextlib.contextmanager
def house(folder: Path) -> Iterator[House]:
    """Start everything on services of its own; stops what it started and nothing else."""
    services = Services(folder / "services", durable=False)
    with MailServer() as mail:
        try:
            home = House(folder, services, mail, settings(services.start(), mail.url, folder))
            try:
                home.move_in()
                home.start_web()
                home.start_helpers()
                yield home
            finally:
                home.stop()
        finally:
            services.stop()


def settings(urls: dict[str, str], smtp_url: str, folder: Path) -> dict[str, str]:
    """The environment of such a house."""
    key = base64.b64encode(b"h" * 32).decode()
    return {
        **os.environ,
        **urls,
        "SECRET_KEY": "for tests only",
        "DATA_KEY": key,
        "BLIND_INDEX_KEY": key,
        "SMTP_URL": smtp_url,
        "PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
        "STATE_DIR": str(folder / "state"),
        "RAPPORT_DEMO_FILE": str(folder / "demo.json"),
        "ALIPAY_URL": f"http://127.0.0.1:{free_port()}/gateway.do",
        "WECHATPAY_URL": f"http://127.0.0.1:{free_port()}",
        "PRIVATE_HOSTS": "127.0.0.1",
        "WORKSPACE": "Lotus Gifts",
        "LOG_LEVEL": "WARNING",
        "HOST": "127.0.0.1",
        "FLASK_APP": "wsgi",
    }
