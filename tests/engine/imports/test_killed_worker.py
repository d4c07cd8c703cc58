"""A worker that is killed in the middle of an import: nothing lost, nothing twice."""

import base64
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from app.core import jobs
from app.core.access import Actor
from app.engine.imports import actions
from app.engine.imports.models import Import
from app.sales.imports import books
from app.sales.models import Receipt, Transaction
from tests.factories import make_employee
from tests.flows.processes import wait_until
from tests.importing import counts

ROOT = Path(__file__).parents[3]
INVOICES, LINES = 6_000, 5


def a_years_sales() -> bytes:
    lines = ["invoice,sku,quantity,date,price,customer"]
    for invoice in range(INVOICES):
        day, month = 1 + invoice % 28, 1 + invoice * 12 // INVOICES
        lines += [
            f"{invoice},S{invoice % 97}-{n},{n + 1},{day}/{month}/2011,1.99,{invoice % 300}" for n in range(LINES)
        ]
    return "\n".join(lines).encode()


@pytest.fixture
def start_worker(config):
    key = base64.b64encode(config.data_key).decode(), base64.b64encode(config.blind_index_key).decode()
    env = {
        **os.environ,
        "DATABASE_URL": config.database_url,
        "REDIS_URL": config.redis_url,
        "SECRET_KEY": config.secret_key,
        "DATA_KEY": key[0],
        "BLIND_INDEX_KEY": key[1],
        "LOG_LEVEL": "ERROR",
    }
    started = []

    def start() -> subprocess.Popen:
        started.append(subprocess.Popen([sys.executable, "worker.py", "bulk"], env=env, cwd=ROOT))
        return started[-1]

    yield start
    for worker in started:
        worker.kill()
        worker.wait(10)


@pytest.mark.slow
@pytest.mark.parametrize("step", [pytest.param("Reading", marks=pytest.mark.long), "Writing receipts"])
def test_a_killed_import_is_finished_by_the_next_worker(db, start_worker, step):
    who = make_employee("manager")
    actor = Actor(id=who.person_id, kind="employee")
    made = actions.upload("transactions", "sales.csv", io.BytesIO(a_years_sales()), actor=actor)
    actions.start(made, dry_run=False, actor=actor)
    db.commit()

    def is_in_the_midst() -> bool:
        job = db.scalar(select(jobs.Job))
        at_it = job.step.startswith(step) and job.done > 0
        db.rollback()
        return at_it

    worker = start_worker()
    wait_until(is_in_the_midst, 60, step)
    worker.kill()
    worker.wait(10)
    written = db.scalar(select(func.count()).select_from(Receipt))
    assert written % books.RECEIPTS_PER_STEP == 0
    assert written < INVOICES
    db.execute(text("UPDATE jobs SET lease_until = now() - interval '1 second', rung_at = NULL"))
    assert jobs.sweep() == 1
    db.commit()
    start_worker()

    def is_done() -> bool:
        state = db.scalar(select(Import.state))
        db.rollback()
        return state == "done"

    wait_until(is_done, 120, "the end of the import")
    db.refresh(made)
    assert counts(made) == {"created": INVOICES * LINES}
    assert db.scalar(select(func.count()).select_from(Transaction)) == INVOICES * LINES
    assert db.scalar(select(func.count(Receipt.source_reference.distinct()))) == INVOICES
    assert db.scalar(select(func.max(Receipt.number))) == INVOICES
    assert db.scalar(select(func.sum(Receipt.total_minor))) == INVOICES * 199 * 15
