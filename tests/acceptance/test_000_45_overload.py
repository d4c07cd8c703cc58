"""000-45 and 001-40: when grouping is overloaded, the last known members stand in, and their age is said."""

import pytest
from sqlalchemy import text

from app.core.access import SYSTEM
from app.core.db import db as database
from app.segments import actions, membership
from app.segments.actions import SegmentDetails
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee

NORWAY = {"f": "country", "op": "in", "v": ["Norway"]}


@pytest.fixture
def overloaded(db, monkeypatch):
    """A segment of one whose next refresh takes longer than it may."""
    make_customer(country="Norway", last_name="Nansen")
    segment = actions.create(SegmentDetails("Norwegians", NORWAY), actor=SYSTEM)
    db.execute(text("UPDATE segments SET refreshed_at = now() - interval '3 hours'"))
    db.commit()
    monkeypatch.setattr(membership, "BUDGET", "50ms")
    with database.engine.begin() as other:
        other.execute(text("LOCK TABLE segment_members IN ACCESS EXCLUSIVE MODE"))
        membership.refresh(segment)
    db.commit()
    return segment


def test_the_last_members_stand_in_and_their_age_is_said(overloaded, browser):
    marta = browser(make_employee("manager"))
    page = text_of(marta.get(f"/segments/{overloaded.segment_id}"))
    assert "The question took longer than a minute. These are the members of 3 hr ago" in page
    assert "Nansen" in page
    asked = f'{{"in":"segment","v":"{overloaded.segment_id}"}}'
    assert "Nansen" in text_of(marta.get("/customers", query_string={"where": asked}))


@pytest.mark.parametrize(("on_stale", "words"), [("proceed", "1 customer"), ("wait", "It waits for “Norwegians”")])
def test_what_stands_on_it_goes_on_or_waits_as_it_was_told(overloaded, browser, db, on_stale, words):
    asked = {"all": [{"in": "segment", "v": str(overloaded.segment_id)}, {"f": "stage", "op": "filled"}]}
    actions.create(SegmentDetails("Guests", asked, on_stale=on_stale), actor=SYSTEM)
    db.commit()
    listed = browser(make_employee("manager")).get("/segments")
    href = [part.split('"')[0] for part in listed.get_data(as_text=True).split('href="')[1:] if "/segments/0" in part]
    pages = "".join(text_of(browser(make_employee("manager")).get(one)) for one in href)
    assert words in pages
