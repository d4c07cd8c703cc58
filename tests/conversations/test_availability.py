"""What employees say of themselves stands in their frame, and is kept as stretches of time."""

import pytest
from sqlalchemy import select

from app.accounts import sign_ins
from app.conversations.availability import actions
from app.conversations.availability.models import Availability
from app.core.errors import Invalid, NotAllowed
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee


def test_each_stretch_ends_where_the_next_begins(browser, db):
    ada = make_employee()
    page = browser(ada)
    for state in ("busy", "busy", "away", "available"):
        page.post("/availability", {"state": state})
    kept = db.scalars(select(Availability).order_by(Availability.began_at)).all()
    assert [one.state for one in kept] == ["busy", "away", "available"]
    assert [one.ended_at for one in kept[:2]] == [one.began_at for one in kept[1:]]
    assert kept[2].ended_at is None


def test_colleagues_see_it_when_they_hand_over(browser, db):
    ada, ben = make_employee(), make_employee(first_name="Ben", last_name="Short")
    browser(ben).post("/availability", {"state": "away"})
    channel = make_channel(owner=ada)
    assert "Ben Short · away" in text_of(browser(ada).get(f"/conversations/{channel.channel_id}/owner"))


def test_only_employees_and_only_these_words(browser, db):
    with pytest.raises(NotAllowed):
        actions.set_state("busy", actor=sign_ins.actor_for(make_customer().person_id))
    with pytest.raises(Invalid):
        actions.set_state("dancing", actor=sign_ins.actor_for(make_employee().person_id))
