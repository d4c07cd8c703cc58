"""Real PostgreSQL and Redis for every test, thrown away with the run.

Each test process migrates one database. Everything commits as in production, so that
workers, threads and second connections see it; after a test the tables are emptied.
"""

import base64
import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import redis as redis_client
from flask import Flask
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import select, text

from app import create_app
from app.conversations import live
from app.core import jobs
from app.core.db import db as database
from app.core.embedded import Services
from app.engine.events import relay
from app.reach import afterwards, runs, triggers
from config import Config
from tests.browser_client import Browser
from tests.fakes.push_service import PushServiceProcess
from tests.flows import processes
from tests.live_server import LiveServer
from tests.mail_server import MailServer

ROOT = Path(__file__).parent.parent

TABLES = """
    SELECT CASE relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || oid::regclass FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace = 'public'::regnamespace
      AND relname <> 'alembic_version'
"""
MAKE_EMPTY_TABLES = """
    CREATE FUNCTION pg_temp.empty_tables() RETURNS void LANGUAGE plpgsql AS $$
    DECLARE name text;
    BEGIN
        FOREACH name IN ARRAY array_remove(ARRAY[{filled}], NULL) LOOP
            EXECUTE 'DELETE FROM ' || name;
        END LOOP;
        INSERT INTO receipt_series VALUES ('R', 0);
    END $$
"""


@pytest.fixture(scope="session")
def services() -> Iterator[dict[str, str]]:
    """The servers of this test process: embedded ones of its own."""
    with tempfile.TemporaryDirectory(prefix="rapport-test-", ignore_cleanup_errors=True) as state:
        servers = Services(Path(state), durable=False)
        try:
            yield servers.start()
        finally:
            servers.stop()


@pytest.fixture(scope="session")
def mail_server() -> Iterator[MailServer]:
    """A real SMTP server that keeps what it is given."""
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def push_service() -> Iterator[PushServiceProcess]:
    """A push service in a process of its own, with the browsers behind it."""
    service = PushServiceProcess()
    yield service
    service.stop()


@pytest.fixture(scope="session")
def config(services, mail_server, tmp_path_factory) -> Config:
    """Configuration as a small shop in London has it."""
    return Config(
        database_url=services["DATABASE_URL"],
        redis_url=services["REDIS_URL"],
        secret_key="for tests only",
        data_key=b"k" * 32,
        blind_index_key=b"i" * 32,
        public_url="http://crm.test",
        trusted_hosts=("localhost", "127.0.0.1", "crm.test"),
        private_hosts=("127.0.0.1",),
        smtp_url=mail_server.url,
        mail_sink_dir=tmp_path_factory.mktemp("mail"),
        workspace="Lotus Gifts",
        log_level="WARNING",
    )


@pytest.fixture(scope="session")
def environment(config) -> dict[str, str]:
    """In which another process is the same application."""
    return {
        **os.environ,
        "DATABASE_URL": config.database_url,
        "REDIS_URL": config.redis_url,
        "SECRET_KEY": config.secret_key,
        "DATA_KEY": base64.b64encode(config.data_key).decode(),
        "BLIND_INDEX_KEY": base64.b64encode(config.blind_index_key).decode(),
    }


@pytest.fixture(scope="session")
def application(config, tmp_path_factory) -> Flask:
    """The whole application on a freshly migrated database."""
    app = create_app(config)
    app.testing = True
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(shared_folder(tmp_path_factory)))
    app.config.update(WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
        database.session.remove()
        database.engine.update_execution_options(compiled_cache={})  # a run asks far more than the usual 500 things
    leave_alone_what_stays()
    return app


def shared_folder(tmp_path_factory) -> Path:
    """A folder of this run, the same for all its processes: what one compiled, the others need not."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def leave_alone_what_stays() -> None:
    """Spare the garbage collector what lives as long as the run, and let it look less often: a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def house(tmp_path_factory) -> Iterator[processes.House]:
    """A whole Rapport in processes of its own, on the demo company; for slow tests and real browsers."""
    with processes.house(tmp_path_factory.mktemp("house")) as home:
        yield home


@pytest.fixture(scope="session")
def empty_tables(application) -> Iterator[Callable[[], object]]:
    """Empties all tables over a connection of its own, which heeds no triggers and keeps its plans.

    One question finds the few that have rows.
    """
    url = application.extensions["rapport"].database_url.replace("+psycopg", "", 1)
    with psycopg.connect(url, autocommit=True, options="-c session_replication_role=replica") as connection:
        names = [name for (name,) in connection.execute(TABLES)]
        filled = ", ".join(f"CASE WHEN EXISTS (SELECT FROM {name}) THEN '{name}' END" for name in names)
        connection.execute(MAKE_EMPTY_TABLES.format(filled=filled))
        yield lambda: connection.execute("SELECT pg_temp.empty_tables()")


@pytest.fixture(scope="session")
def redis(services) -> redis_client.Redis:
    """The tests' own connection to Redis, whatever becomes of the application's."""
    return redis_client.Redis.from_url(services["REDIS_URL"])


@pytest.fixture
def app(application, redis, empty_tables) -> Iterator[Flask]:
    """The application inside a context, on empty tables."""
    redis.flushall()
    empty_tables()
    with application.app_context():
        jobs.get_ready()
        database.session.rollback()
        yield application
        database.session.rollback()
        database.session.remove()


@pytest.fixture
def db(app):
    """The test's own session. Commit what a request or job must see."""
    return database.session


@pytest.fixture
def browser(app) -> Callable[..., Browser]:
    """Open a browser: `browser()` signed out, `browser(alice)` signed in as that person."""

    def open_browser(person=None) -> Browser:
        return Browser(app, person.person_id if person is not None else None)

    return open_browser


@pytest.fixture
def server(app, monkeypatch) -> Iterator[LiveServer]:
    """The application behind a real server, for live pages; it stops listening quickly."""
    monkeypatch.setattr(live, "LISTEN_SECONDS", 0.1)
    running = LiveServer(app)
    yield running
    running.stop()


@pytest.fixture
def work(app) -> Callable[[], int]:
    """Let the clock and the workers do everything that is due now; returns how many jobs ran."""

    def work_until_quiet() -> int:
        done = 0
        for _round in range(20):
            relay.ring_for_waiting_events()
            triggers.ring_for_due()
            afterwards.ring()
            runs.give_jobs()
            runs.settle()
            database.session.commit()
            due: list[UUID] = list(
                database.session.scalars(
                    select(jobs.Job.job_id)
                    .where(jobs.Job.state == "queued", jobs.Job.due_at <= text("now()"))
                    .order_by(jobs.Job.created_at)
                )
            )
            database.session.commit()
            if not due:
                return done
            for job_id in due:
                with app.app_context():
                    jobs.run(str(job_id))
                done += 1
        raise AssertionError("the jobs never come to an end")

    return work_until_quiet


@pytest.fixture
def mailbox(app, mail_server) -> MailServer:
    """The mail server, empty."""
    mail_server.messages.clear()
    mail_server.refusals.clear()
    return mail_server
