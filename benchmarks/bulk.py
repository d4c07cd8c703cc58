"""A bulk edit of 100,000 customers with its undo recorded, and the undo, beside bare UPDATEs of as many rows.

Goals: each under 20 seconds. The bare UPDATEs are what this machine can do: of a plain copy of the table, and
of the table itself with its indexes, its audit trail and the rest of its triggers, but with nothing kept for undo.
"""

import argparse
import time
from collections.abc import Callable

from sqlalchemy import func, select, text

from app.accounts import sign_ins
from app.core import jobs
from app.core.access import Actor
from app.core.db import db
from app.engine.bulk import actions as bulk
from app.engine.bulk.kinds import get_action
from app.engine.bulk.models import BulkRun
from app.engine.bulk.queries import Chosen
from app.engine.changes import actions as changes
from app.engine.changes import queries
from app.engine.changes.models import ChangeSet
from app.people.models import Customer, Employee
from benchmarks import machine

GOAL_SECONDS = 20


def timed(work: Callable[[], None]) -> float:
    """Seconds that it takes to do and commit."""
    started = time.perf_counter()
    work()
    db.session.commit()
    return time.perf_counter() - started


def bare(table: str) -> float:
    """Seconds that one UPDATE of a column takes."""
    return timed(lambda: db.session.execute(text(f"UPDATE {table} SET country = 'Iceland'")) and None)


def manager() -> Actor:
    """Who does it."""
    person_id = db.session.scalars(select(Employee.person_id).where(Employee.role == "manager").limit(1)).one()
    found = sign_ins.actor_for(person_id)
    assert found is not None
    return found


def run_job(shop: machine.Shop, job_id: object) -> None:
    """Do a job as a worker does, in a context of its own."""
    with shop.app.app_context():
        jobs.run(str(job_id))
    db.session.expire_all()


def edit(shop: machine.Shop, actor: Actor) -> BulkRun:
    """Change the country of all customers, as the page and its job do."""
    chosen = Chosen("/customers", "", is_everything=True)
    run = bulk.begin(chosen, get_action("/customers", "edit", actor), {"country": "Norway"}, expected=0, actor=actor)
    db.session.commit()
    run_job(shop, run.job_id)
    return run


def undo(shop: machine.Shop, change_set: ChangeSet, actor: Actor) -> ChangeSet:
    """Take a change set back, as the page and its job do."""
    undoing = changes.undo(change_set, actor=actor)
    db.session.commit()
    run_job(shop, undoing.job_id)
    return undoing


def show(what: str, seconds: float, alone: float) -> None:
    """One line of figures."""
    print(
        f"{what:<22}{seconds:8.1f} s   {seconds / alone:5.2f} times the UPDATE as it stands"
        f"   goal {GOAL_SECONDS} s   {'ok' if seconds < GOAL_SECONDS else 'MISSED'}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    asked = parser.parse_args()
    with machine.shop(asked.customers, per_customer=1) as shop, shop.app.app_context():
        actor = manager()
        db.session.execute(text("CREATE TABLE plain AS SELECT * FROM customers"))
        db.session.commit()
        plain, stands = bare("plain"), bare("customers")
        number = db.session.scalar(select(func.count()).select_from(Customer))
        print(f"{number:,} customers")
        print(f"{'bare UPDATE':<22}{plain:8.1f} s   of a plain copy of the table")
        print(f"{'UPDATE as it stands':<22}{stands:8.1f} s   {stands / plain:5.2f} times the bare one")
        started = time.perf_counter()
        run = edit(shop, actor)
        show("bulk edit", time.perf_counter() - started, stands)
        assert run.counts == {"changed": number}, (run.counts, run.problem)
        change_set = db.session.get_one(ChangeSet, run.change_set_id)
        started = time.perf_counter()
        undoing = undo(shop, change_set, actor)
        show("undo", time.perf_counter() - started, stands)
        assert queries.count_rows(undoing) == {"update": number}
        assert set(db.session.scalars(select(Customer.country).distinct())) == {"Iceland"}
        started = time.perf_counter()
        undo(shop, undoing, actor)
        show("undo of the undo", time.perf_counter() - started, stands)


if __name__ == "__main__":
    main()
