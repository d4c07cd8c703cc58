"""Tables cut by month, as several processes make the months at once."""

import threading

from sqlalchemy import text

from app.core.db import db as database
from tests.flows.processes import wait_until

MAKE = text("SELECT ensure_month_partition('events', '2031-05-01')")
WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


def test_whoever_waits_for_another_to_make_a_month_finds_it_made(app, db):
    troubles = []

    def make_too():
        try:
            with app.app_context(), database.engine.begin() as second:
                second.execute(MAKE)
        except Exception as trouble:  # noqa: BLE001 - told of below
            troubles.append(trouble)

    with database.engine.begin() as first:
        first.execute(MAKE)
        other = threading.Thread(target=make_too)
        other.start()
        wait_until(lambda: db.scalar(WAITING), 20, "the other to wait")
    other.join()
    made = db.scalar(text("SELECT to_regclass('events_2031_05') IS NOT NULL"))
    db.execute(text("DROP TABLE events_2031_05"))
    db.commit()
    assert (made, troubles) == (True, [])
