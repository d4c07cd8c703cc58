"""What must be true before Rapport starts; each thing that is not is one sentence that says what to do."""

import base64
import contextlib
import os
import re
import secrets
import shutil
import socket
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

OLDEST_POSTGRES = 18
OLDEST_REDIS = 7
FREE_BYTES = 300 * 1024 * 1024
CONNECT_SECONDS = 5
VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
REVISION = re.compile(r'^(down_)?revision = "(.+)"$', re.M)
SECRET_NAMES = ("SECRET_KEY", "DATA_KEY", "BLIND_INDEX_KEY")


class Refusal(Exception):
    """Rapport cannot start; the message is one sentence for the person at the keyboard."""


@cache
def newest_migration() -> str:
    """Name the migration that no other follows; numbers only tell the packages apart."""
    named = [REVISION.findall(path.read_text()) for path in VERSIONS.glob("[0-9]*.py")]
    revisions, followed = ({name for one in named for down, name in one if bool(down) == is_down} for is_down in (0, 1))
    (newest,) = revisions - followed
    return newest


def check_folder(folder: Path) -> None:
    """Make the state folder and see that it can be written and has room.

    Raises: Refusal.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_text("")
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise Refusal(
            f"{folder} cannot be written ({error.strerror}): allow it, or set STATE_DIR to another."
        ) from None
    if free < FREE_BYTES:
        needed = FREE_BYTES // 1024**2
        raise Refusal(
            f"Only {free // 1024**2} MB are free for {folder} and {needed} MB are needed: make room on the disk."
        )


def read_number(env: Mapping[str, str], name: str, default: int, highest: int) -> int:
    """Read a whole number from 1 to `highest`.

    Raises: Refusal when it is anything else.
    """
    text = env.get(name) or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= highest:
        raise Refusal(f"{name} must be a number from 1 to {highest}, not {text!r}.")
    return int(text)


def check_port(host: str, port: int) -> None:
    """See that the web process will be able to listen there.

    Raises: Refusal.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except PermissionError:
        raise Refusal(
            f"Port {port} needs more rights than you have: choose one above 1023, such as PORT=8000."
        ) from None
    except socket.gaierror:
        raise Refusal(f"HOST={host} is not an address of this machine: use 127.0.0.1, or 0.0.0.0 for all.") from None
    except OSError as error:
        if "in use" not in (error.strerror or ""):
            raise Refusal(
                f"HOST={host} is not an address of this machine: use 127.0.0.1, or 0.0.0.0 for all."
            ) from None
        other = port + 1 if port < 65535 else 8000
        raise Refusal(
            f"Port {port} is taken by another program: stop it, or choose another with PORT={other}."
        ) from None


def check_database(url: str) -> str | None:
    """See that the database answers and is new enough; return its migration, None when it is still empty.

    Raises: Refusal.
    """
    shown, address = without_password(url), url.replace("+psycopg", "", 1)
    if not address.startswith(("postgresql://", "postgres://")):
        raise Refusal(
            "DATABASE_URL is not the address of a PostgreSQL database: "
            "it looks like postgresql+psycopg://user:password@host:5432/name."
        )
    try:
        with psycopg.connect(address, connect_timeout=CONNECT_SECONDS) as connection:
            version = connection.info.server_version // 10000
            has_schema = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone() == (True,)
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone() if has_schema else None
    except psycopg.Error as error:
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise Refusal(
            f"The database at {shown} cannot be used ({reason}): start it, or correct DATABASE_URL."
        ) from None
    if version < OLDEST_POSTGRES:
        raise Refusal(
            f"The database is PostgreSQL {version} and Rapport needs {OLDEST_POSTGRES} or newer: upgrade it, "
            "or leave DATABASE_URL unset to use the one that comes with Rapport."
        )
    return found[0] if found else None


def check_redis(url: str) -> None:
    """See that Redis answers, is new enough and throws nothing away when its memory is full.

    Raises: Refusal.
    """
    shown = without_password(url)
    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS, socket_timeout=CONNECT_SECONDS)
        with contextlib.closing(client):
            info: dict = client.info()  # type: ignore[assignment]
    except ValueError:
        raise Refusal("REDIS_URL is not the address of a Redis: it looks like redis://host:6379/0.") from None
    except redis.RedisError as error:
        raise Refusal(f"Redis at {shown} cannot be used ({error}): start it, or correct REDIS_URL.") from None
    version, policy = info.get("redis_version", "0"), info.get("maxmemory_policy", "noeviction")
    if int(version.partition(".")[0]) < OLDEST_REDIS:
        raise Refusal(f"Redis at {shown} is version {version} and Rapport needs {OLDEST_REDIS} or newer: upgrade it.")
    if policy != "noeviction":
        raise Refusal(
            f"Redis at {shown} throws data away when full ({policy}): set its maxmemory-policy to noeviction."
        )


def without_password(url: str) -> str:
    """Write an address as it may be shown."""
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url


def keep_secrets(path: Path, env: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets of this installation: from the environment, from the file, or made once and kept there.

    Shape: each is 32 random bytes, base64.
    """
    kept = read_env_file(path) if path.exists() else {}
    missing = [name for name in SECRET_NAMES if not env.get(name) and not kept.get(name)]
    if missing:
        kept |= {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in missing}
        unfinished = path.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("# Made once. Whoever has these reads everything; without them nobody reads phone numbers.\n")
            file.writelines(f"{name}={value}\n" for name, value in kept.items())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    return {name: env.get(name) or kept[name] for name in SECRET_NAMES}


def read_env_file(path: Path) -> dict[str, str]:
    """Read NAME=value lines."""
    lines = (line.strip() for line in path.read_text().splitlines())
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
