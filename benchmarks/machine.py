"""What every benchmark stands on: services of its own, a company of the asked size, real web processes, wrk."""

import base64
import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from app.accounts import sign_ins
from app.core.db import db
from app.core.embedded import Services
from app.demo import company
from app.people.models import Employee
from config import Config

ROOT = Path(__file__).parent.parent
WRK_REPORT = """
done = function(summary, latency, requests)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write
    + summary.errors.timeout
  io.write(string.format("RESULT %f %f %f %d\\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, bad))
end
"""


@dataclass(frozen=True)
class Load:
    """What wrk measured. Units: requests per second, milliseconds."""

    per_second: float
    p50: float
    p95: float
    errors: int


@dataclass(frozen=True)
class Shop:
    """A company on services of its own."""

    app: Flask
    env: dict[str, str]


@contextlib.contextmanager
def shop(customers: int, per_customer: int = 10) -> Iterator[Shop]:
    """Start services in a temporary folder and fill them; durable settings, as in production."""
    with tempfile.TemporaryDirectory(prefix="rapport-bench-", ignore_cleanup_errors=True) as folder:
        services = Services(Path(folder))
        try:
            env = settings(services.start())
            app = create_app(Config.from_env(env))
            with app.app_context():
                upgrade(directory=str(ROOT / "migrations"))
                if customers:
                    started = time.perf_counter()
                    made = company.make_company(customers, per_customer=per_customer, currency="GBP", report=_ignore)
                    db.session.commit()
                    company.refresh_statistics()
                    print(f"{made} in {time.perf_counter() - started:.0f} s", flush=True)
            yield Shop(app, env)
        finally:
            with contextlib.suppress(UnboundLocalError), app.app_context():
                db.engine.dispose()
            services.stop()


def _ignore(_text: str) -> None:
    return


def settings(urls: dict[str, str]) -> dict[str, str]:
    """The environment of a shop on these services."""
    key = base64.b64encode(b"b" * 32).decode()
    return {
        **os.environ,
        **urls,
        "SECRET_KEY": "benchmark",
        "DATA_KEY": key,
        "BLIND_INDEX_KEY": key,
        "LOG_LEVEL": "WARNING",
        "PYTHONPATH": str(ROOT),
    }


def cookie_of(app: Flask, role: str) -> str:
    """A signed-in browser's cookie for the first employee with a role."""
    with app.app_context():
        person_id = db.session.scalars(
            db.select(Employee.person_id).where(Employee.role == role).order_by(Employee.person_id)
        ).first()
        with app.test_request_context():
            token = sign_ins.start(person_id, address="127.0.0.1", device="benchmark")
            db.session.commit()
        client = app.test_client()
        with client.session_transaction() as session:
            session["token"] = token
        cookie = client.get_cookie("rapport")
        db.session.remove()
    return f"rapport={cookie.value}"


@contextlib.contextmanager
def web(target: str, env: dict[str, str], workers: int = 2) -> Iterator[tuple[str, psutil.Process]]:
    """Run gunicorn with gevent workers on a free port; yields its address and its master process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as counters:
        settled = {"PORT": str(port), "WEB_WORKERS": str(workers), "PROMETHEUS_MULTIPROC_DIR": counters}
        master = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", target],
            env={**env, **settled},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_until_up(address + "/healthz")
            yield address, psutil.Process(master.pid)
        finally:
            master.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                master.wait(10)
            if master.poll() is None:
                master.kill()


def _wait_until_up(url: str) -> None:
    for _attempt in range(600):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise TimeoutError(url)


def load(url: str, cookie: str = "", connections: int = 16, seconds: int = 6, script: str = "") -> Load:
    """Ask for one page with wrk for some seconds, after a short warm-up; `script` (Lua) may ask for others."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not installed (Debian: apt-get install wrk).")
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as written:
        written.write(script + WRK_REPORT)
        written.flush()
        for duration in (2, seconds):
            command = [
                "wrk",
                "-t1",
                f"-c{connections}",
                f"-d{duration}s",
                "-s",
                written.name,
                "-H",
                f"Cookie: {cookie}",
                url,
            ]
            output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"RESULT ([\d.]+) ([\d.]+) ([\d.]+) (\d+)", output)
    if found is None:
        raise RuntimeError(output)
    return Load(float(found[1]), float(found[2]), float(found[3]), int(found[4]))


def compare(
    address: str, paths: dict[str, str], cookie: str, *, limit: Load, goal: float, goal_p95: float = 1e9
) -> None:
    """Measure pages by name beside the yardstick's `limit`, and print for each its share and whether that is met."""
    for name, path in paths.items():
        measured = load(address + path, cookie)
        share = measured.per_second / limit.per_second
        met = share >= goal and measured.p95 <= goal_p95 and not measured.errors
        print(
            f"{name:24} {measured.per_second:8.1f} req/s   p95 {measured.p95:7.1f} ms   {share:5.2f} of the"
            f" yardstick (goal {goal})   {measured.errors} errors   {'ok' if met else 'MISSED'}",
            flush=True,
        )


def yardstick(env: dict[str, str]) -> Load:
    """What the bare page comes to on the same database, which is printed."""
    with web("benchmarks.yardstick:app", env) as (address, _master):
        limit = load(address + "/")
    print(f"{'yardstick':24} {limit.per_second:8.1f} req/s   p95 {limit.p95:7.1f} ms", flush=True)
    return limit


def megabytes_together(master: psutil.Process) -> int:
    """How much memory the web processes hold now; what they share is counted once."""
    return int(sum(child.memory_full_info().pss for child in master.children()) // 2**20)


def resident_megabytes(master: psutil.Process) -> list[int]:
    """How much memory each web process holds now."""
    return [child.memory_info().rss // 2**20 for child in master.children()]
