"""Half a year of a real shop's sales through the real worker, beside a bare COPY and a bare csv.reader of the file.

Goals: at least 8,000 lines a second, under 300 MB resident, progress alive. Then a spreadsheet of 50,000 customers
beside unpacking and parsing it with nothing done: under 30 seconds and 300 MB.
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
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

import psutil
from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.core.db import db
from app.core.jobs import Job
from app.engine.imports import actions
from app.engine.imports.models import Import
from benchmarks import machine
from tests import spreadsheets

FILE = machine.ROOT.parent / "shared" / "data" / "online-retail.csv.gz"
GOAL_LINES_PER_SECOND = 8_000
GOAL_MEGABYTES = 300
GOAL_SHEET_SECONDS = 30


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


@dataclass(frozen=True)
class Figures:
    """What an import took: seconds, megabytes at the worker's peak, and different signs of progress."""

    seconds: float
    peak: int
    signs: int
    counts: dict[str, int]


def measure(shop: machine.Shop, kind: str, name: str, content: bytes) -> Figures:
    """Import a file by a worker of its own."""
    made = actions.upload(kind, name, io.BytesIO(content), actor=SYSTEM)
    db.session.commit()
    import_id = made.import_id
    with tempfile.TemporaryDirectory() as folder:
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
    report = db.session.get_one(Import, import_id).report or {"counts": {}}
    return Figures(seconds, peak[0], len(seen), report["counts"])


def cells_of_person(n: int) -> list[str | int]:
    """What a spreadsheet says of somebody."""
    who = (f"X-{n}", f"First{n % 500}", f"Last{n % 7000}", f"p{n}@example.com", f"+4420794{n:05d}")
    return [*who, f"{n} High Street, Leeds", "United Kingdom", "customer", 45_000 + n % 900, n % 40]


def sheet_of_people(rows: int) -> bytes:
    """A spreadsheet of so many customers with ten columns, its texts shared as spreadsheet programs do."""
    texts: dict[str, int] = {}
    lines = []
    header = "Reference,First name,Last name,Email,Phone,Address,Country,Stage,Member since,Visits".split(",")
    for cells in [header, *(cells_of_person(n) for n in range(rows))]:
        written = "".join(
            f"<c><v>{cell}</v></c>"
            if isinstance(cell, int)
            else f'<c t="s"><v>{texts.setdefault(cell, len(texts))}</v></c>'
            for cell in cells
        )
        lines.append(f"<row>{written}</row>")
    shared = "<sst>" + "".join(f"<si><t>{text}</t></si>" for text in texts) + "</sst>"
    return spreadsheets.book({"People": spreadsheets.SHEET.format(rows="".join(lines))}, texts=shared)


def bare_sheet(content: bytes) -> float:
    """Seconds that unpacking and the XML parser alone take."""
    started = time.perf_counter()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in ("xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"):
            parser = expat.ParserCreate()
            parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = lambda *_said: None
            parser.ParseFile(archive.open(name))
    return time.perf_counter() - started


def measure_sheet(shop: machine.Shop, rows: int = 50_000) -> None:
    """Import a spreadsheet of customers and print its figures."""
    content = sheet_of_people(rows)
    alone = bare_sheet(content)
    found = measure(shop, "customers", "people.xlsx", content)
    assert found.counts.get("created") == rows, found.counts
    is_fast, is_small = found.seconds < GOAL_SHEET_SECONDS, found.peak < GOAL_MEGABYTES
    print(
        f"spreadsheet        {rows:10,} rows in {found.seconds:.1f} s   {alone / found.seconds:.2f} of the parser alone"
        f" ({alone:.1f} s)   goal {GOAL_SHEET_SECONDS} s   {'ok' if is_fast else 'MISSED'}"
    )
    print(f"worker's peak      {found.peak:10} MB   goal {GOAL_MEGABYTES}   {'ok' if is_small else 'MISSED'}")


def main() -> None:
    """Import both files and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("--only-sheet", action="store_true", help="Measure the spreadsheet alone.")
    asked = parser.parse_args()
    with machine.shop(0) as shop, shop.app.app_context():
        if not asked.only_sheet:
            measure_sales(shop, asked.file)
        measure_sheet(shop)


def measure_sales(shop: machine.Shop, file: Path) -> None:
    """Import the file of sales and print its figures."""
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    lines = content.count(b"\n")
    reading, copying = bare_reading(content), bare_copy(content)
    found = measure(shop, "transactions", file.name, content)
    print(f"csv.reader alone   {lines / reading:10,.0f} lines/s")
    print(f"COPY alone         {lines / copying:10,.0f} lines/s")
    speed = lines / found.seconds
    print(
        f"import             {speed:10,.0f} lines/s   {speed / (lines / copying):.2f} of COPY,"
        f" {speed / (lines / reading):.2f} of csv.reader   goal {GOAL_LINES_PER_SECOND:,}"
        f"   {'ok' if speed >= GOAL_LINES_PER_SECOND else 'MISSED'}"
    )
    is_small = found.peak < GOAL_MEGABYTES
    print(f"worker's peak      {found.peak:10} MB   goal {GOAL_MEGABYTES}   {'ok' if is_small else 'MISSED'}")
    print(f"progress           {found.signs:10} different figures seen in {found.seconds:.1f} s")
    print(found.counts)


if __name__ == "__main__":
    main()
