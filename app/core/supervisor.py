"""The one foreground process of `make run`: servers, migrations, demo company, web and workers, until Ctrl-C.

What it starts ends with it, on Linux even when it is killed. `rapport.py` is its front door.
"""

import contextlib
import fcntl
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from app.core import preflight
from app.core.embedded import Services, ServicesError, ServicesInUse, die_with_parent
from app.core.preflight import Refusal

ROOT = Path(__file__).parents[2]
LANES = ("critical", "default", "bulk", "clock")
GRACE_SECONDS = 6.0  # for the children; the servers take what is left of ten
READY_SECONDS = 60.0
PORT_SECONDS = 8.0  # how long the children of a killed run may still hold the port
STEADY_SECONDS = 10.0  # a child that lived this long starts again without delay
LONGEST_BACKOFF_SECONDS = 30.0
LOG_BYTES = 5 * 1024 * 1024
LOGS_KEPT = 3
ROLES = ("admin", "manager", "agent", "customer")


def say(text: str = "") -> None:
    """Tell the person at the console."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@dataclass
class Child:
    """One long-running process, started again whenever it ends."""

    name: str
    command: list[str]
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    quick_ends: int = 0
    read_to: int = field(default=0, init=False)

    def start(self) -> None:
        """Start the process in a session of its own, with all it says going to its log."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - no other thread runs here
            )
        self.started_at = time.monotonic()

    def has_ended(self) -> bool:
        """Whether the process is there no more."""
        return self.process is None or self.process.poll() is not None

    def plan_restart(self) -> str:
        """Clear away what the ended process left behind, decide when to start again, and say it in one line."""
        code = self.process.returncode if self.process else 0
        self.kill()
        self.quick_ends = 0 if time.monotonic() - self.started_at > STEADY_SECONDS else self.quick_ends + 1
        delay = min(0.25 * 2**self.quick_ends, LONGEST_BACKOFF_SECONDS) if self.quick_ends else 0.0
        self.due_at = time.monotonic() + delay
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return f"{self.name} {how}; starting it again{f' in {delay:.1f} s' if delay else ''} ({self.log.name})"

    def ask_to_end(self) -> None:
        """Ask for an orderly end."""
        if self.process and not self.has_ended():
            self.process.terminate()

    def kill(self) -> None:
        """End the process and everything it started, at once."""
        if self.process is None:
            return
        for pid in session_members(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def news(self) -> Iterator[str]:
        """Yield what was logged as an error since the last call."""
        with self.log.open("rb") as log:
            log.seek(self.read_to)
            fresh = log.read(LOG_BYTES)
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self.read_to += len(whole)
        for line in whole.decode(errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if isinstance(entry, dict) and entry.get("level") in {"error", "critical"}:
                    yield f"{self.name}: {entry.get('event')} (correlation_id {entry.get('correlation_id', '-')})"


def session_members(leader: int) -> list[int]:
    """The processes of one session, its leader last."""
    if not Path("/proc/self").exists():
        return [leader]
    found = []
    for entry in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if entry.isdecimal() and int(entry) != leader and os.getsid(int(entry)) == leader:
                found.append(int(entry))
    return [*found, leader]


class Supervisor:
    """Brings everything up in order, watches over it and takes it down."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = dict(env)
        self.state = (ROOT / env.get("STATE_DIR", "var")).resolve()
        self.host = env.get("HOST") or "127.0.0.1"
        self.services: Services | None = None
        self.children: list[Child] = []

    def run(self) -> None:
        """Run until interrupted.

        Raises: Refusal or ServicesError when it cannot start; KeyboardInterrupt when told to stop.
        """
        self.port = preflight.read_number(self.env, "PORT", 8000, 65535)
        preflight.read_number(self.env, "WEB_WORKERS", 2, 64)
        preflight.check_folder(self.state)
        with self._only_one():
            try:
                self._start()
                while True:
                    self._watch()
                    time.sleep(0.25)
            finally:
                self.stop()

    def command(self, arguments: list[str]) -> int:
        """Run one `flask` command as this installation would, beside a running Rapport or without one."""
        self.port = preflight.read_number(self.env, "PORT", 8000, 65535)
        preflight.check_folder(self.state)
        self.env |= preflight.keep_secrets(self.state / "secrets.env", self.env)
        try:
            with contextlib.suppress(ServicesInUse):
                self._connect()
            self._set_addresses()
            return subprocess.run(
                [sys.executable, "-m", "flask", *arguments], cwd=ROOT, env=self.env, check=False
            ).returncode
        finally:
            self.stop()

    def stop(self) -> None:
        """Stop the children side by side, then the servers; a second Ctrl-C cuts the grace short."""
        with contextlib.suppress(KeyboardInterrupt):
            for child in self.children:
                child.ask_to_end()
            deadline = time.monotonic() + GRACE_SECONDS
            while time.monotonic() < deadline and not all(child.has_ended() for child in self.children):
                time.sleep(0.05)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        for child in self.children:
            child.kill()
        if self.services:
            self.services.stop(seconds=3)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds Rapport."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::", ""} else self.host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def _start(self) -> None:
        begun = time.monotonic()
        self._prepare_folders()
        self.env |= preflight.keep_secrets(self.state / "secrets.env", self.env)
        applied = self._connect()
        self._set_addresses()
        if applied != preflight.newest_migration():
            self._once("migrate", "db", "upgrade", failing="The database could not be brought up to date")
        self._seed(is_empty=applied is None)
        self._start_web()
        self._start_helpers()
        say(self._welcome(time.monotonic() - begun))

    @contextlib.contextmanager
    def _only_one(self) -> Iterator[None]:
        """Hold the state folder for this process alone; what a killed run left on our port may end first."""
        with (self.state / "run.lock").open("a+") as lock:
            lock.seek(0)
            before = lock.read().strip()
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refusal(f"Rapport already runs on {self.state} ({before}): open it there, or stop it.") from None
            self._claim_port(time.monotonic() + (PORT_SECONDS if before else 0))
            lock.truncate(0)
            lock.write(f"{self.url}, process {os.getpid()}")
            lock.flush()
            yield
            lock.truncate(0)

    def _claim_port(self, deadline: float) -> None:
        while True:
            try:
                return preflight.check_port(self.host, self.port)
            except Refusal:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def _prepare_folders(self) -> None:
        for name in ("log", "mail", "metrics"):
            (self.state / name).mkdir(exist_ok=True)
        for stale in (self.state / "metrics").glob("*.db"):
            stale.unlink()
        for log in (self.state / "log").glob("*.log"):
            if log.stat().st_size > LOG_BYTES:
                rotate(log)

    def _connect(self) -> str | None:
        """Find or start the servers; return the database's migration, None when it is empty."""
        if not (self.env.get("DATABASE_URL") and self.env.get("REDIS_URL")):
            self.services = Services(self.state)
            self.env = self.services.urls | {name: value for name, value in self.env.items() if value}
            self.services.start()
        scheme, _, rest = self.env["DATABASE_URL"].partition("://")
        if scheme in {"postgres", "postgresql"}:
            self.env["DATABASE_URL"] = f"postgresql+psycopg://{rest}"
        preflight.check_redis(self.env["REDIS_URL"])
        return preflight.check_database(self.env["DATABASE_URL"])

    def _set_addresses(self) -> None:
        self.env |= {
            "FLASK_APP": "wsgi",
            "HOST": self.host,
            "PORT": str(self.port),
            "STATE_DIR": str(self.state),
            "RAPPORT_DEMO_FILE": str(self.demo_file),
        }
        self.env.setdefault("PUBLIC_URL", self.url)
        self.env.setdefault("RAPPORT_URL", self.env["PUBLIC_URL"])
        if not self.env.get("SMTP_URL"):
            with socket.create_server(("127.0.0.1", 0)) as probe:
                self.env["SMTP_URL"] = f"smtp://127.0.0.1:{probe.getsockname()[1]}"
            self.env["MAIL_SINK_DIR"] = str(self.state / "mail")

    @property
    def demo_file(self) -> Path:
        """Where the demo company's sign-ins are kept."""
        return self.state / "demo.json"

    def _seed(self, is_empty: bool) -> None:
        """Make the demo company on the first start; never in a database of the user's own that already has a schema."""
        is_own = self.services is not None and self.env["DATABASE_URL"] == self.services.urls["DATABASE_URL"]
        if self.env.get("DEMO", "yes") != "no" and (is_empty or (is_own and not self.demo_file.exists())):
            say("First start: making the demo company …")
            self._once("seed", "seed", "demo", failing="The demo company could not be made")
        demo = self._read_demo()
        if demo and demo.get("url") != self.env["RAPPORT_URL"]:
            self.demo_file.write_text(json.dumps(demo | {"url": self.env["RAPPORT_URL"]}, indent=2))

    def _once(self, name: str, *arguments: str, failing: str) -> None:
        """Run one `flask` command to its end.

        Raises: Refusal with the last line it said.
        """
        child = Child(name, [sys.executable, "-m", "flask", *arguments], self.env, self.state / "log" / f"{name}.log")
        self.children = [child]
        child.start()
        assert child.process
        if child.process.wait():
            raise Refusal(f"{failing}: {last_line(child.log)} (all of it is in {child.log}).")
        self.children = []

    def _start_web(self) -> None:
        """Start the web process and wait for its first answer; it has the machine to itself until then.

        Raises: Refusal when it ends, or does not answer in time.
        """
        metrics = {"PROMETHEUS_MULTIPROC_DIR": str(self.state / "metrics")}
        web = self._add("web", ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app"], metrics)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and not web.has_ended():
            if answers(self.host, self.port):
                return
            time.sleep(0.05)
        raise Refusal(f"The web process did not come up: {last_line(web.log)} (all of it is in {web.log}).")

    def _start_helpers(self) -> None:
        for lane in LANES:
            self._add(f"worker-{lane}", ["worker.py", lane])
        if "MAIL_SINK_DIR" in self.env:
            self._add("mail", ["rapport.py", "mail"])

    def _add(self, name: str, command: list[str], extra: Mapping[str, str] | None = None) -> Child:
        log = self.state / "log" / f"{name}.log"
        log.touch()
        child = Child(name, [sys.executable, *command], {**self.env, **(extra or {})}, log)
        child.read_to = log.stat().st_size
        self.children.append(child)
        child.start()
        return child

    def _watch(self) -> None:
        """Start again whatever has ended, and pass on what was logged as an error."""
        for name in self.services.revive() if self.services else ():
            report(f"{name} had ended; started it again")
        for child in self.children:
            for line in child.news():
                report(line)
            if child.process is not None and child.has_ended():
                report(child.plan_restart())
            if child.process is None and time.monotonic() >= child.due_at:
                child.start()

    def _read_demo(self) -> dict | None:
        try:
            return json.loads(self.demo_file.read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _welcome(self, seconds: float) -> str:
        """The address and the demo sign-ins, as a small table."""
        lines = ["", f"  Rapport is ready after {seconds:.1f} s:  {self.env['RAPPORT_URL']}", ""]
        people = (self._read_demo() or {}).get("people", {})
        if people:
            width = max(len(person["email"]) for person in people.values())
            rows = [(role, people[role]) for role in ROLES if role in people]
            lines += [f"  {'Sign in as':<12}{'Email':<{width + 2}}Password"]
            lines += [f"  {role:<12}{person['email']:<{width + 2}}{person['password']}" for role, person in rows]
            lines += [""]
        if "MAIL_SINK_DIR" in self.env:
            lines += [f"  Mail is not sent but shown:  {self.env['RAPPORT_URL']}/dev/mail"]
        return "\n".join([*lines, f"  Logs are in {self.state / 'log'}.  Ctrl-C stops everything.", ""])


def answers(host: str, port: int) -> bool:
    """Say whether the web process answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"127.0.0.1:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def rotate(log: Path) -> None:
    """Move a full log aside; the oldest goes."""
    for number in range(LOGS_KEPT - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    log.replace(log.with_name(f"{log.name}.1"))


def last_line(log: Path) -> str:
    """What a process said last: of a JSON line, its event."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    line = lines[-1] if lines else "it said nothing"
    with contextlib.suppress(ValueError, AttributeError):
        line = json.loads(line).get("event", line)
    return line.rstrip(".")


def report(text: str) -> None:
    """Tell of something that happened, with its time."""
    say(f"{time.strftime('%H:%M:%S')}  {text}")


def main(arguments: list[str]) -> int:
    """Run everything, or with `flask ...` one command, in the foreground; the result is the exit code."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    supervisor = Supervisor(os.environ)
    try:
        if arguments[:1] == ["flask"]:
            return supervisor.command(arguments[1:])
        supervisor.run()
    except KeyboardInterrupt:
        say("Rapport has stopped.")
        return 0
    except (Refusal, ServicesError) as problem:
        sys.stderr.write(f"{problem}\n")
    except OSError as error:
        sys.stderr.write(f"Rapport cannot use {error.filename or 'the disk'}: {error.strerror or error}.\n")
    return 1
