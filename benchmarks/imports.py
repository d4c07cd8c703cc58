"""Half a year of a real shop's sales through the real worker, beside a bare COPY and a bare csv.reader of the file.

Goals: at least 8,000 lines a second, under 300 MB resident, progress alive.
"""

import argparse
import csv
import gzip
import io
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.core.db import db
from app.core.jobs import Job
from app.engine.imports import actions
from app.engine.imports.models import Import
from benchmarks import machine

FILE = machine.ROOT.parent / "shared" / "data" / "online-retail.csv.gz"
GOAL_LINES_PER_SECOND = 8_000
GOAL_MEGABYTES = 300


def bare_reading(content: bytes) -> float:
    """Seconds that csv.reader alone takes."""
    started = time.perf_counter()
    for _row in csv.reader(io.StringIO(content.decode("utf-8", "replace"), newline="")):
        pass
    return time.perf_counter() - started


def bare_copy(content: bytes) -> float:
    """Seconds that COPY into one table of texts alone takes."""
    columns = ", ".join(f"c{n} text" for n in range(8))
    db.session.execute(text(f"CREATE TABLE bare ({columns})"))
    connection = db.session.connection().connection.driver_connection
    started = time.perf_counter()
    with connection.cursor().copy("COPY bare FROM STDIN (FORMAT csv, HEADER)") as copy:
        copy.write(content)
    db.session.commit()
    seconds = time.perf_counter() - started
    db.session.execute(text("DROP TABLE bare"))
    db.session.commit()
    return seconds


def watch(process: psutil.Process, seen: set[int], peak: list[int], stop: threading.Event, app) -> None:
    """Note the worker's memory and every sign of progress."""
    while not stop.wait(0.2):
        peak[0] = max(peak[0], process.memory_info().rss // 2**20)
        with app.app_context():
            job = db.session.scalar(select(Job.done).join(Import, Import.job_id == Job.job_id))
            if job is not None:
                seen.add(job)


def main() -> None:
    """Import the file once and print its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=FILE)
    file = parser.parse_args().file
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    lines = content.count(b"\n")
    with machine.shop(0) as shop, shop.app.app_context(), tempfile.TemporaryDirectory() as folder:
        reading, copying = bare_reading(content), bare_copy(content)
        made = actions.upload("transactions", file.name, io.BytesIO(content), actor=SYSTEM)
        db.session.commit()
        import_id = made.import_id
        log = Path(folder, "worker.log").open("w")
        worker = subprocess.Popen([sys.executable, "worker.py", "bulk"], env=shop.env, cwd=machine.ROOT, stdout=log)
        stop, peak, seen = threading.Event(), [0], set()
        try:
            time.sleep(4)
            actions.start(made, dry_run=False, actor=SYSTEM)
            db.session.commit()
            started = time.perf_counter()
            watcher = (psutil.Process(worker.pid), seen, peak, stop, shop.app)
            threading.Thread(target=watch, args=watcher, daemon=True).start()
            while db.session.scalar(select(Import.state).where(Import.import_id == import_id)) in ("queued", "running"):
                db.session.rollback()
                time.sleep(0.2)
            seconds = time.perf_counter() - started
        finally:
            stop.set()
            worker.terminate()
            worker.wait(20)
        db.session.rollback()
        report = db.session.get_one(Import, import_id).report
    print(f"csv.reader alone   {lines / reading:10,.0f} lines/s")
    print(f"COPY alone         {lines / copying:10,.0f} lines/s")
    speed = lines / seconds
    print(
        f"import             {speed:10,.0f} lines/s   {speed / (lines / copying):.2f} of COPY,"
        f" {speed / (lines / reading):.2f} of csv.reader   goal {GOAL_LINES_PER_SECOND:,}"
        f"   {'ok' if speed >= GOAL_LINES_PER_SECOND else 'MISSED'}"
    )
    print(
        f"worker's peak      {peak[0]:10} MB   goal {GOAL_MEGABYTES}   {'ok' if peak[0] < GOAL_MEGABYTES else 'MISSED'}"
    )
    print(f"progress           {len(seen):10} different figures seen in {seconds:.1f} s")
    print(report["counts"])


if __name__ == "__main__":
    main()
