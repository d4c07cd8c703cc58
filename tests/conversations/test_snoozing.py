"""A snoozed conversation is out of the way until its time, or until its customer writes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.accounts import sign_ins
from app.conversations.actions import snoozing
from app.conversations.queries.presets import list_presets
from app.core.clock import now
from app.core.errors import Conflict, Invalid
from app.engine.hours.times import OpeningHours
from app.engine.notices.models import Notice
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, make_key, post


@pytest.fixture
def talk(db):
    """Carla's chat with Ada."""
    carla, ada = make_customer(first_name="Carla"), make_employee(first_name="Ada")
    return carla, ada, make_channel(carla, owner=ada, topic="Candles")


def snoozed(channel, person, until=None):
    snoozing.snooze(channel, until, actor=sign_ins.actor_for(person.person_id))
    snoozing.db.session.commit()


def test_it_comes_back_at_its_time_and_tells_its_owner(db, talk):
    _carla, ada, channel = talk
    snoozed(channel, ada, now() + timedelta(hours=1))
    assert snoozing.wake_due() == 0
    channel.snoozed_until = now() - timedelta(seconds=1)
    db.commit()
    assert snoozing.wake_due() == 1
    db.commit()
    assert not channel.is_snoozed
    told = db.scalars(select(Notice.title).where(Notice.person_id == ada.person_id)).all()
    assert told == ["Back from snooze: Candles"]


def test_the_customer_s_words_bring_it_back(talk):
    carla, ada, channel = talk
    snoozed(channel, ada)
    post(channel, ada, "one more thing")
    assert channel.is_snoozed
    post(channel, carla, "Thank you")
    assert not channel.is_snoozed


def test_it_moves_from_mine_to_snoozed_and_undo_moves_it_back(browser, talk):
    _carla, ada, channel = talk
    url = f"/conversations/{channel.channel_id}"
    page = browser(ada)
    page.get(f"{url}?tab=mine")
    answer = page.post(f"{url}/snooze?tab=mine", {"until": "reply"})
    assert answer.location == "/conversations?tab=mine"
    assert "Snoozed until the customer writes" in text_of(page.follow(answer))
    assert "Carla" not in text_of(page.get("/conversations?tab=mine"))
    assert "Carla" in text_of(page.get("/conversations?tab=snoozed"))
    page.post(f"{url}/snooze/delete")
    assert "Carla" in text_of(page.get("/conversations?tab=mine"))


@pytest.mark.parametrize("hours", [-1, 24 * 400])
def test_only_for_a_time_to_come_within_a_year(talk, hours):
    _carla, ada, channel = talk
    with pytest.raises(Invalid):
        snoozed(channel, ada, now() + timedelta(hours=hours))


def test_a_waiting_conversation_cannot_be_put_aside(db, talk):
    _carla, ada, _channel = talk
    with pytest.raises(Conflict):
        snoozed(make_channel(), ada)


def test_resolve_and_next_opens_what_follows_in_the_same_list(browser, db):
    ada = make_employee()
    talks = [make_channel(make_customer(first_name=name), owner=ada) for name in ("First", "Second", "Third")]
    for minutes, channel in zip((30, 20, 10), talks, strict=True):
        channel.unanswered_since = now() - timedelta(minutes=minutes)
    db.commit()
    ids = [str(channel.channel_id) for channel in talks]
    page = browser(ada)
    answer = page.post(f"/conversations/{ids[1]}/closure?tab=mine", {"next": "1"})
    assert answer.location == f"/conversations/{ids[2]}?tab=mine"
    answer = page.post(f"/conversations/{ids[2]}/closure?tab=mine", {"next": "1"})
    assert answer.location == f"/conversations/{ids[0]}?tab=mine"
    answer = page.post(f"/conversations/{ids[0]}/closure?tab=mine", {"next": "1"})
    assert answer.location == "/conversations?tab=mine"


def test_programs_snooze_and_hand_over(app, talk):
    _carla, ada, channel = talk
    ben = make_employee(first_name="Ben")
    client = app.test_client()
    key = {"Authorization": f"Bearer {make_key(ada)}"}
    url = f"/api/v1/conversations/{channel.channel_id}"
    assert client.post(f"{url}/snooze", json={}, headers=key).json["snoozed_at"]
    assert client.delete(f"{url}/snooze", headers=key).json["snoozed_at"] is None
    given = client.post(f"{url}/owner", json={"employee_id": str(ben.person_id), "note": "Over to you"}, headers=key)
    assert given.json["owner_id"] == str(ben.person_id)


HOURS = OpeningHours(ZoneInfo("Europe/London"), ((),) + (((9 * 60, 17 * 60),),) * 5 + ((),))


def test_presets_are_times_the_shop_is_open():
    thursday = datetime(2026, 1, 8, 10, tzinfo=UTC)
    named = {preset.label: preset.until for preset in list_presets(HOURS, thursday)}
    assert named == {
        "Later today": datetime(2026, 1, 8, 13, tzinfo=UTC),
        "Tomorrow": datetime(2026, 1, 9, 9, tzinfo=UTC),
        "Next week": datetime(2026, 1, 13, 9, tzinfo=UTC),
    }
    evening = datetime(2026, 1, 8, 20, tzinfo=UTC)
    assert [preset.label for preset in list_presets(HOURS, evening)] == ["Tomorrow", "Next week"]
    saturday = datetime(2026, 1, 10, 10, tzinfo=UTC)
    assert [preset.label for preset in list_presets(HOURS, saturday)] == ["Later today", "Next week"]
