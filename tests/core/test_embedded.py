"""The embedded servers: real ones, started and killed in the ways that a small business's machine will manage."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from app.core.embedded import Services, ServicesError

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="needs Unix sockets")]

LAUNCHER = """
import sys, time
from pathlib import Path
from app.core.embedded import Services
print(Services(Path(sys.argv[1])).start(), flush=True)
time.sleep(60)
"""


def query(urls: dict[str, str], statement: str) -> object:
    address = urls["DATABASE_URL"].replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def processes_on(state: Path) -> list[int]:
    """Every living process whose working folder or command line lies under the state folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            where, said = os.readlink(entry / "cwd"), (entry / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if entry.name.isdigit() and said and (where.startswith(str(state)) or str(state) in said):
            found.append(int(entry.name))
    return found


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not (met := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return met


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("a folder with spaces") / ("deep" * 30) / "var"


@pytest.fixture(scope="module")
def services(state: Path) -> Iterator[Services]:
    with Services(state) as services:
        yield services


@pytest.fixture(scope="module")
def urls(services: Services) -> dict[str, str]:
    return services.urls


def test_both_servers_answer_below_a_long_path_with_spaces(urls):
    assert query(urls, "SELECT current_database()") == "rapport"
    assert redis.Redis.from_url(urls["REDIS_URL"]).ping()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("max_connections", "200"),
        ("shared_preload_libraries", "pg_stat_statements"),
        ("fsync", "on"),
        ("timezone", "UTC"),
    ],
)
def test_postgres_is_set_up(urls, setting, value):
    assert query(urls, f"SHOW {setting}") == value


@pytest.mark.parametrize("extension", ["pg_trgm", "unaccent", "btree_gist", "pg_stat_statements"])
def test_extensions_can_be_created(urls, extension):
    query(urls, f"CREATE EXTENSION IF NOT EXISTS {extension}")
    assert query(urls, f"SELECT count(*) FROM pg_extension WHERE extname = '{extension}'") == 1


def test_valkey_keeps_everything_and_is_private(urls):
    client = redis.Redis.from_url(urls["REDIS_URL"])
    assert client.config_get("appendonly", "maxmemory-policy", "port") == {
        "appendonly": "yes",
        "maxmemory-policy": "noeviction",
        "port": "0",
    }
    socket = Path(urls["REDIS_URL"].removeprefix("unix://"))
    assert socket.stat().st_mode & 0o777 == 0o700
    assert socket.parent.stat().st_mode & 0o777 == 0o700


def test_a_second_process_on_the_same_state_is_refused(services, state):
    with pytest.raises(ServicesError, match="Another process"):
        Services(state).start()
    assert query(services.urls, "SELECT 1") == 1


def test_a_killed_server_is_revived_with_its_data(services):
    query(services.urls, "CREATE TABLE kept AS SELECT 7 AS seven")
    redis.Redis.from_url(services.urls["REDIS_URL"]).set("kept", "7")
    for server in services.servers:
        server.process.kill()
        server.process.wait()
    assert services.revive() == ["postgresql", "valkey"]
    assert query(services.urls, "SELECT seven FROM kept") == 7
    assert redis.Redis.from_url(services.urls["REDIS_URL"]).get("kept") == b"7"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's help is Linux only")
def test_nothing_outlives_a_killed_launcher_and_the_next_start_recovers(tmp_path):
    state = tmp_path / "var"
    root = Path(__file__).parents[2]
    launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER, str(state)], stdout=subprocess.PIPE, cwd=root)
    assert launcher.stdout
    assert b"DATABASE_URL" in launcher.stdout.readline()
    orphans = set(processes_on(state))
    assert len(orphans) >= 2
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    launcher.stdout.close()
    with Services(state) as services:
        assert query(services.urls, "SELECT 1") == 1
        assert wait_for(lambda: not orphans & set(processes_on(state))), "a server outlived its launcher"


def test_throw_away_services_skip_what_only_durability_needs(tmp_path):
    with Services(tmp_path, durable=False) as services:
        assert query(services.urls, "SHOW fsync") == "off"
        assert redis.Redis.from_url(services.urls["REDIS_URL"]).config_get("appendonly") == {"appendonly": "no"}
        sockets = services.servers[0].sockets
    assert not sockets.exists()


def test_a_half_made_cluster_is_made_again(tmp_path):
    (tmp_path / "postgresql.new").mkdir()
    (tmp_path / "postgresql.new" / "PG_VERSION").write_text("18\n")
    with Services(tmp_path, durable=False) as services:
        assert query(services.urls, "SELECT 1") == 1


def test_data_of_another_major_version_is_named_in_one_sentence(tmp_path):
    with Services(tmp_path, durable=False):
        pass
    (tmp_path / "postgresql" / "PG_VERSION").write_text("15\n")
    with pytest.raises(ServicesError, match="version 15"):
        Services(tmp_path, durable=False).start()


def test_a_state_folder_that_is_a_file_is_one_sentence(tmp_path):
    (tmp_path / "var").write_text("")
    with pytest.raises(ServicesError, match="cannot use"):
        Services(tmp_path / "var").start()
