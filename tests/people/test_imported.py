"""Whom an import wrote can be listed, filtered by and kept as a segment."""

import io
import json

from app.core.access import SYSTEM
from app.core.db import db as database
from app.engine.imports import actions as imports
from app.segments import actions as segments
from app.segments.actions import SegmentDetails
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee

FILE = b"first name,last name,email\nAda,Lovelace,ada@example.com\nGrace,Hopper,grace@example.com\n"


def bring(work, *, dry_run: bool = False):
    made = imports.upload("customers", "people.csv", io.BytesIO(FILE), actor=SYSTEM)
    imports.start(made, dry_run=dry_run, actor=SYSTEM)
    database.session.commit()
    work()
    return made


def test_an_import_leads_to_the_list_of_its_customers(browser, db, work):
    other, marta = make_customer(), make_employee("manager")
    made = bring(work)
    where = {"in": "import", "v": str(made.import_id)}
    made.created_by = marta.person_id
    db.commit()
    manager = browser(marta)
    page = manager.get(f"/imports/{made.import_id}")
    assert "See them in the list" in text_of(page)
    listed = text_of(manager.get("/customers", query_string={"where": json.dumps(where)}))
    assert "Ada Lovelace" in listed
    assert other.last_name not in listed
    assert "In import people.csv" in listed


def test_a_segment_is_made_of_an_import(db, work):
    make_customer()
    made = bring(work)
    where = {"in": "import", "v": str(made.import_id)}
    kept = segments.create(SegmentDetails("From the fair", where, "static"), actor=SYSTEM)
    assert kept.member_count == 2


def test_a_dry_run_is_no_import_to_ask_about(browser, db, work):
    marta = make_employee("manager")
    made = bring(work, dry_run=True)
    made.created_by = marta.person_id
    db.commit()
    assert "See them in the list" not in text_of(browser(marta).get(f"/imports/{made.import_id}"))
