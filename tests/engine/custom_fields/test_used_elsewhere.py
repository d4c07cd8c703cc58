"""What asks for a field says so when it is archived, and goes on when it is back."""

import pytest

from app.core.access import SYSTEM
from app.core.db import db as database
from app.engine.custom_fields import actions, definitions
from app.people import actions as people
from app.segments import actions as segments
from tests.browser_client import text_of
from tests.factories import make_employee

WHERE = '{"f":"custom.nick","op":"filled"}'


@pytest.fixture
def manager(browser, db):
    return browser(make_employee("manager"))


def test_a_segment_and_a_view_live_through_it(manager, define, db, work):
    made = define("Nick")
    people.register_customer(people.CustomerDetails(last_name="Ada"), actor=SYSTEM, custom={"nick": "A"})
    segment = segments.create(segments.SegmentDetails("Known by a nick", WHERE), actor=SYSTEM)
    db.commit()
    work()
    here = f"/segments/{segment.segment_id}"
    assert "Ada" in text_of(manager.get(here))
    actions.archive_field(made, actor=SYSTEM)
    db.commit()
    work()
    for path in ("/segments", here, "/customers"):
        assert manager.get(path).status_code == 200, path
    assert manager.get("/customers", query_string={"where": WHERE}).status_code == 422
    actions.restore_field(made, actor=SYSTEM)
    database.session.commit()
    definitions.refresh()
    work()
    assert "Ada" in text_of(manager.get(here))
