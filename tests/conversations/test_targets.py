"""Response targets: clocks in opening time, found late once, and followed by hours and priorities."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from app.accounts import sign_ins
from app.conversations.actions import channels, messages
from app.conversations.models import Channel
from app.conversations.targets import actions, clocks, queries
from app.conversations.targets.models import ResponseClock
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db as database
from app.engine.events.models import Event
from app.engine.hours import actions as hours
from app.engine.notices.models import Notice
from app.engine.records.kinds import Record
from app.engine.tags import actions as tags
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee
from tests.statements import counted

PATH = "/settings/targets"
HALF_HOUR = 1800
NINE_TO_FIVE = ((9 * 60, 17 * 60),)
WAITS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest.fixture
def policy(db):
    made = actions.save_policy(
        None, least_priority=0, targets={"first": HALF_HOUR, "next": 3600, "resolution": 7200}, actor=SYSTEM
    )
    db.commit()
    return made


def actor_of(person):
    return sign_ins.actor_for(person.person_id)


def clocks_of(db, channel) -> dict[str, ResponseClock]:
    db.rollback()
    found = db.scalars(select(ResponseClock).where(ResponseClock.channel_id == channel.channel_id))
    return {clock.kind: clock for clock in found}


def move_back(db, channel, **by) -> None:
    """Let everything in a conversation have begun earlier."""
    earlier = timedelta(**by)
    db.execute(
        update(ResponseClock)
        .where(ResponseClock.channel_id == channel.channel_id)
        .values(
            {
                name: getattr(ResponseClock, name) - earlier
                for name in ("started_at", "running_since", "due_at", "stopped_at")
            }
        )
    )
    db.commit()


def test_an_answer_stops_its_clock_and_pauses_the_resolution(db, policy):
    ada = make_employee(department="Support")
    carla = make_customer()
    channel = make_channel(carla, owner=ada)
    running = clocks_of(db, channel)
    assert set(running) == {"first", "resolution"}
    assert running["first"].due_at == running["first"].started_at + timedelta(seconds=HALF_HOUR)
    move_back(db, channel, minutes=10)
    messages.post_message(channel.channel_id, "Hello", actor=actor_of(ada))
    messages.post_message(channel.channel_id, "Which mug?", actor=actor_of(ada))
    db.commit()
    after = clocks_of(db, channel)
    first, resolution = after["first"], after["resolution"]
    assert (first.is_met, first.owner_id, first.team) == (True, ada.person_id, "Support")
    assert 600 <= first.business_seconds == first.raw_seconds < 620
    assert (resolution.running_since, resolution.due_at, resolution.stopped_at) == (None, None, None)
    assert 600 <= resolution.spent_seconds < 620
    move_back(db, channel, minutes=60)
    messages.post_message(channel.channel_id, "The blue one", actor=actor_of(carla))
    messages.post_message(channel.channel_id, "With the handle", actor=actor_of(carla))
    db.commit()
    assert clocks_of(db, channel)["next"].target_seconds == 3600
    move_back(db, channel, minutes=5)
    channels.close_channel(channel, actor=actor_of(ada))
    db.commit()
    closed = clocks_of(db, channel)
    assert set(closed) == {"first", "resolution"}, "a close in time owes no answer"
    assert (closed["resolution"].is_met, closed["resolution"].owner_id) == (True, ada.person_id)
    assert 900 <= closed["resolution"].business_seconds < 930, "the hour of waiting for the customer does not count"
    assert 75 * 60 <= closed["resolution"].raw_seconds < 76 * 60


def test_words_that_waited_for_others_move_the_clocks_as_those_left_them(app, db, policy):
    ada, carla = make_employee(), make_customer()
    channel = make_channel(carla, owner=ada)
    move_back(db, channel, minutes=10)
    channel_id, customer, agent = channel.channel_id, actor_of(carla), actor_of(ada)

    def ask_again():
        with app.app_context():
            messages.post_message(channel_id, "And?", actor=customer)
            database.session.commit()

    messages.post_message(channel_id, "Hello", actor=agent)
    asking = threading.Thread(target=ask_again)
    asking.start()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watch:
        while asking.is_alive() and not watch.scalar(WAITS):
            time.sleep(0.02)
    db.commit()
    asking.join()
    after = clocks_of(db, channel)
    assert {kind for kind, clock in after.items() if clock.stopped_at is None} == {"resolution", "next"}
    assert 600 <= after["resolution"].spent_seconds < 620, "what was counted when Ada answered"
    assert after["resolution"].running_since == after["next"].started_at


def test_night_and_holiday_do_not_count(db, policy):
    hours.set_week([NINE_TO_FIVE] * 5 + [(), ()], actor=SYSTEM)
    db.commit()
    channel = make_channel()
    clock = clocks_of(db, channel)["first"]
    clock.running_since = datetime(2026, 11, 20, 16, 50, tzinfo=UTC)
    db.commit()
    hours.add_holiday(datetime(2026, 11, 23, tzinfo=UTC).date(), "Inventory", actor=SYSTEM)
    clocks.recount()
    db.commit()
    assert clocks_of(db, channel)["first"].due_at == datetime(2026, 11, 24, 9, 20, tzinfo=UTC)


def test_what_is_late_is_told_once(db, work, policy):
    ada, boss = make_employee(), make_employee("manager")
    channel = make_channel(owner=ada)
    clocks.sweep()
    db.commit()
    assert db.query(Event).filter_by(type="target.missed").count() == 0
    move_back(db, channel, minutes=31)
    for _again in range(2):
        clocks.sweep()
        db.commit()
        work()
    told = db.scalars(select(Notice).where(Notice.key.startswith("target:"))).all()
    assert {notice.person_id for notice in told} == {ada.person_id, boss.person_id}
    assert len(told) == 2
    messages.post_message(channel.channel_id, "Sorry!", actor=actor_of(ada))
    db.commit()
    assert clocks_of(db, channel)["first"].is_met is False
    assert db.query(Event).filter_by(type="target.missed").count() == 1


def test_a_late_answer_is_told_before_the_sweep_comes_by(db, policy):
    ada = make_employee()
    channel = make_channel(owner=ada)
    move_back(db, channel, minutes=45)
    channels.close_channel(channel, actor=actor_of(ada))
    db.commit()
    assert clocks_of(db, channel)["first"].is_met is False, "a close does not wipe out what was late"
    assert db.query(Event).filter_by(type="target.missed").count() == 1


def test_targets_follow_the_priority(db, browser, policy):
    actions.save_policy(None, least_priority=1, targets={"first": 300}, actor=SYSTEM)
    db.commit()
    channel = make_channel()
    agent = browser(make_employee())
    agent.post(f"/conversations/{channel.channel_id}/acceptance")
    menu = agent.get(f"/conversations/{channel.channel_id}").get_data(as_text=True)
    assert f'action="/conversations/{channel.channel_id}/priority"' in menu
    agent.post(f"/conversations/{channel.channel_id}/priority", {"priority": "2"})
    found = clocks_of(db, channel)
    assert (found["first"].target_seconds, found["resolution"].target_seconds) == (300, None)
    assert db.get(Channel, channel.channel_id).priority == 2
    assert agent.post(f"/conversations/{channel.channel_id}/priority", {"priority": "9"}).status_code == 422


def test_lists_and_threads_say_what_is_due(db, browser, policy):
    channel = make_channel()
    agent = browser(make_employee())
    assert "due in 29 min" in text_of(agent.get("/conversations?tab=waiting"))
    assert "answer due in 29 min" in text_of(agent.get(f"/conversations/{channel.channel_id}"))
    move_back(db, channel, minutes=33)
    page = agent.get(f"/conversations/{channel.channel_id}")
    assert "answer late by 3 min" in text_of(page)
    assert 'class="due bad"' in page.text


def test_without_targets_times_are_measured(db):
    ada = make_employee()
    channel = make_channel(owner=ada)
    messages.post_message(channel.channel_id, "Hello", actor=actor_of(ada))
    db.commit()
    first = clocks_of(db, channel)["first"]
    assert (first.is_met, first.target_seconds) == (None, None)
    assert first.business_seconds is not None


def test_policies_are_set_on_their_page(db, browser, work):
    channel = make_channel()
    manager = browser(make_employee("manager"))
    sent = {"least_priority": "0", "first_seconds": "1 h 30 min", "next_seconds": "", "resolution_seconds": "16h"}
    page = manager.follow(manager.post(PATH, sent))
    assert "First answer within 1 h 30 min" in text_of(page)
    assert "Resolution within 16 h" in text_of(page)
    work()
    assert clocks_of(db, channel)["first"].due_at > now() + timedelta(minutes=89), "what waits follows, too"
    made = queries.list_policies()[0]
    assert manager.post(PATH, sent).status_code == 422, "a priority has one policy"
    changed = manager.post(f"{PATH}/{made.policy_id}", {**sent, "first_seconds": "soon"})
    assert (changed.status_code, "such as 30 min" in text_of(changed)) == (422, True)
    manager.post(f"{PATH}/{made.policy_id}", {**sent, "first_seconds": "20"})
    db.rollback()
    assert queries.list_policies()[0].first_seconds == 1200
    assert (
        manager.post(f"{PATH}/{made.policy_id}", dict.fromkeys(sent, "") | {"least_priority": "0"}).status_code == 422
    )
    manager.post(f"{PATH}/{made.policy_id}/delete", {})
    work()
    assert clocks_of(db, channel)["first"].due_at is None
    assert browser(make_employee()).get(PATH).status_code == 403


@pytest.fixture
def vip(db, policy):
    """Who is labelled so is answered within five minutes, whatever else holds."""
    tag = tags.make_tags(["VIP"])["VIP"]
    actions.save_policy(None, least_priority=0, tag_id=tag.tag_id, targets={"first": 300, "next": 7200}, actor=SYSTEM)
    db.commit()
    return tag


def label(db, work, channel, name="VIP", *, off=False):
    record = Record("conversation", channel.channel_id, "", "")
    if off:
        tags.untag_record(record, tags.make_tags([name])[name], actor=SYSTEM)
    else:
        tags.tag_record(record, name, actor=SYSTEM)
    db.commit()
    work()


def targets_of(db, channel):
    return {kind: clock.target_seconds for kind, clock in clocks_of(db, channel).items()}


def test_the_most_demanding_target_holds_while_a_label_is_on(db, work, vip):
    channel = make_channel(owner=make_employee())
    usual = {"first": HALF_HOUR, "resolution": 7200}
    assert targets_of(db, channel) == usual
    label(db, work, channel)
    assert targets_of(db, channel) == {"first": 300, "resolution": 7200}
    found = clocks_of(db, channel)["first"]
    assert found.due_at == found.started_at + timedelta(minutes=5)
    label(db, work, channel, off=True)
    assert targets_of(db, channel) == usual


def test_a_next_answer_knows_the_labels(db, work, vip):
    ada, carla = make_employee(), make_customer()
    channel = make_channel(carla, owner=ada)
    label(db, work, channel)
    actions.save_policy(None, least_priority=1, tag_id=vip.tag_id, targets={"next": 60}, actor=SYSTEM)
    messages.post_message(channel.channel_id, "Hello", actor=actor_of(ada))
    db.commit()
    messages.post_message(channel.channel_id, "And now?", actor=actor_of(carla))
    db.commit()
    assert targets_of(db, channel)["next"] == 3600, "the label asks for less than the shop"
    actions.set_priority(channel, 1)
    db.commit()
    assert targets_of(db, channel)["next"] == 60


def test_labels_are_read_only_where_targets_name_one_and_the_turn_changes(db, work, policy):
    ada, carla = make_employee(), make_customer()
    channel = make_channel(carla, owner=ada)

    def asked(writer) -> int:
        with counted() as sent:
            messages.post_message(channel.channel_id, "Well", actor=actor_of(writer))
            db.commit()
        return sum("record_tags" in statement for statement in sent)

    assert (asked(ada), asked(carla), asked(carla)) == (0, 0, 0)
    tag = tags.make_tags(["VIP"])["VIP"]
    actions.save_policy(None, least_priority=0, tag_id=tag.tag_id, targets={"next": 300}, actor=SYSTEM)
    db.commit()
    assert (asked(ada), asked(carla), asked(carla)) == (0, 1, 0)


def test_a_merged_label_takes_its_targets_along_and_a_deleted_one_leaves_them(db, work, vip):
    channel = make_channel(owner=make_employee())
    label(db, work, channel, "Best")
    best = tags.make_tags(["Best"])["Best"]
    tags.merge_tags(vip, best, actor=SYSTEM)
    db.commit()
    work()
    assert targets_of(db, channel)["first"] == 300
    tags.delete_tag(best, actor=SYSTEM)
    db.commit()
    work()
    assert targets_of(db, channel)["first"] == HALF_HOUR


def test_targets_of_a_label_are_set_on_the_page(db, browser, vip):
    manager = browser(make_employee("manager"))
    page = manager.get(PATH)
    assert "All conversations labelled VIP" in text_of(page)
    sent = {"least_priority": "0", "tag_id": str(vip.tag_id), "first_seconds": "2", "next_seconds": ""}
    assert manager.post(PATH, {**sent, "resolution_seconds": ""}).status_code == 422, "it has its targets"
    assert manager.post(PATH, {**sent, "least_priority": "2", "resolution_seconds": ""}).status_code == 303
    assert "Urgent and above labelled VIP" in text_of(manager.get(PATH))
