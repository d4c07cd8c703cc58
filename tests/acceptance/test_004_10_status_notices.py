"""004-10: each change of status that somebody else makes is told once, by bell and by email."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts import sign_ins
from app.conversations import telling
from app.conversations.actions import channels, ratings
from app.conversations.targets import actions
from app.conversations.targets.models import ResponseClock
from app.core.access import SYSTEM
from app.core.jobs import Job
from app.engine.events import relay
from app.engine.notices.models import Notice
from tests.browser_client import text_of
from tests.conversations.test_bulk import undo_of
from tests.factories import make_channel, make_customer, make_employee


def let_time_pass(db) -> None:
    """Undo is not at hand any more."""
    db.execute(update(Job).where(Job.state == "queued").values(due_at=Job.due_at - telling.UNDO_AT_HAND))
    db.commit()


def titles_for(db, person):
    return db.scalars(
        select(Notice.title).where(Notice.person_id == person.person_id).order_by(Notice.created_at)
    ).all()


def test_the_customer_hears_of_every_step_once(db, work, mailbox):
    carla, ada = make_customer(), make_employee(first_name="Ada", last_name="Byron")
    actor = sign_ins.actor_for(ada.person_id)
    channel = make_channel(carla, owner=ada)
    channels.close_channel(channel, actor=actor)
    db.commit()
    work()
    let_time_pass(db)
    work()
    channels.reopen_channel(channel, actor=actor)
    db.commit()
    work()
    for name in ("conversations.tell_customer",):
        relay.deliver(name)
    db.commit()
    work()
    told = ["Ada Byron is talking with you", "Your conversation was closed", "Your conversation goes on"]
    assert titles_for(db, carla) == told
    assert [message["Subject"] for message in mailbox.to(carla.email)] == told
    assert (
        f"http://crm.test/portal/chats/{channel.channel_id}" in mailbox.messages[0].get_body(("plain",)).get_content()
    )


@pytest.mark.parametrize("is_told_of_meanwhile", [True, False])
def test_a_close_that_is_taken_back_at_once_is_not_told(db, work, mailbox, is_told_of_meanwhile):
    carla, ada = make_customer(), make_employee(first_name="Ada", last_name="Byron")
    actor = sign_ins.actor_for(ada.person_id)
    channel = make_channel(carla, owner=ada)
    for _again in range(2):
        channels.close_channel(channel, actor=actor)
        db.commit()
        if is_told_of_meanwhile:
            work()
        channels.reopen_channel(channel, actor=actor)
        db.commit()
        work()
    let_time_pass(db)
    work()
    assert titles_for(db, carla) == ["Ada Byron is talking with you"]
    channels.close_channel(channel, actor=actor)
    db.commit()
    work()
    let_time_pass(db)
    work()
    assert [message["Subject"] for message in mailbox.to(carla.email)][1:] == ["Your conversation was closed"]


@pytest.mark.parametrize(("is_late", "told"), [(False, []), (True, ["was closed", "goes on", "was closed"])])
def test_undo_and_redo_of_many_are_told_alike(browser, db, work, is_late, told):
    carla, ada = make_customer(), make_employee()
    channel = make_channel(carla, owner=ada)
    page = browser(ada)
    asked = {"list": "/conversations", "query": "", "do": "resolve", "expected": "1", "id": str(channel.channel_id)}
    done = page.post("/bulk", asked)

    def wait() -> None:
        work()
        if is_late:
            let_time_pass(db)
            work()

    wait()
    undone = page.post(undo_of(page.follow(done)))
    db.expire_all()
    assert channel.is_open
    wait()
    if is_late:
        page.post(undo_of(page.follow(undone)))
        db.expire_all()
        assert channel.is_closed
        wait()
    let_time_pass(db)
    work()
    assert titles_for(db, carla)[1:] == [f"Your conversation {words}" for words in told]


def test_who_waited_before_a_resolve_waits_on_after_its_undo(browser, db):
    actions.save_policy(None, least_priority=0, targets={"first": 1800}, actor=SYSTEM)
    ada = make_employee()
    channel = make_channel(owner=ada)
    since, page = channel.unanswered_since, browser(ada)
    done = page.follow(page.post(f"/conversations/{channel.channel_id}/closure"))
    assert "Conversation closed." in text_of(done)
    db.expire_all()
    assert channel.unanswered_since is None
    page.post(undo_of(done))
    db.expire_all()
    assert (channel.state, channel.unanswered_since) == ("open", since)
    due = db.scalars(
        select(ResponseClock.due_at).where(ResponseClock.stopped_at.is_(None), ResponseClock.kind == "first")
    )
    assert due.one() == since + timedelta(minutes=30)


def test_what_the_customer_does_is_not_told_to_them(db, work, mailbox):
    carla = make_customer()
    channel = make_channel(carla)
    channels.close_channel(channel, actor=sign_ins.actor_for(carla.person_id))
    db.commit()
    work()
    assert titles_for(db, carla) == []
    assert mailbox.messages == []


def test_managers_hear_of_a_low_rating(db, work):
    carla, boss = make_customer(), make_employee("manager")
    for stars in (2, 5):
        channel = make_channel(carla, owner=make_employee(), closed=True)
        ratings.rate_channel(channel, stars, actor=sign_ins.actor_for(carla.person_id), feedback="secret words")
    db.commit()
    work()
    low, task = titles_for(db, boss)
    assert low.endswith("got 2 stars")
    assert task.endswith("Get back to a customer who gave 2 stars")
