"""Saying something: what lets one in is looked at with every message."""

import re

import pytest
from flask import current_app
from sqlalchemy import func, select, text

from app.accounts import sign_ins
from app.conversations import throttle
from app.conversations.actions import channels
from app.conversations.models import Channel, Chat, Participant
from app.core import limits
from app.people.models import Employee
from tests.factories import make_channel, make_customer, make_employee, post
from tests.statements import counted


@pytest.fixture
def carla(db):
    return make_customer()


@pytest.fixture
def chat(db, carla):
    """Carla's, with an agent of the paint team."""
    return make_channel(carla, owner=make_employee(department="Paint"))


def count_words(db) -> int:
    db.commit()
    return db.scalar(select(func.count()).select_from(Chat))


def count_questions(redis) -> int:
    """How often Redis was asked anything until now, this time too."""
    return redis.info("stats")["total_reads_processed"]


def count_rings(redis) -> int:
    return redis.info("commandstats").get("cmdstat_publish", {}).get("calls", 0)


def test_what_one_does_not_see_takes_no_words(browser, db, chat):
    """As if it were not there."""
    theirs, ours = f"/portal/chats/{chat.channel_id}/messages", f"/conversations/{chat.channel_id}/messages"
    for person, path in (
        (make_customer(), theirs),
        (make_employee(department="Paper"), ours),
        (make_employee("agent", department=""), ours),
    ):
        assert browser(person).post(path, {"content": "Hello", "key": "1"}).status_code == 404
    assert count_words(db) == 1, "the question alone"


def test_the_team_and_managers_join_in_by_writing(browser, db, carla, chat):
    path = f"/conversations/{chat.channel_id}/messages"
    for person in (make_employee(department="Paint"), make_employee("manager")):
        assert browser(person).post(path, {"content": "Hello", "key": "1"}).status_code == 303
    assert db.scalars(select(Chat.receiver_id).order_by(Chat.at)).all()[1:] == [carla.person_id] * 2


def test_a_customer_s_words_are_for_whoever_has_the_chat(db, carla, chat):
    post(chat, carla, "And?")
    assert db.scalars(select(Chat.receiver_id).order_by(Chat.at)).all() == [None, chat.owner_id]


def test_who_left_the_team_writes_no_more(browser, db, chat):
    ben = make_employee(department="Paint")
    page, path = browser(ben), f"/conversations/{chat.channel_id}/messages"
    page.post(path, {"content": "Hello", "key": "1"})
    channels.leave_channel(db.get(Channel, chat.channel_id), actor=sign_ins.actor_for(ben.person_id))
    db.get(Employee, ben.person_id).department = "Paper"
    db.commit()
    assert page.post(path, {"content": "Hello again", "key": "2"}).status_code == 404
    assert count_words(db) == 2


def test_a_sign_out_counts_with_the_next_message(browser, db, carla, chat):
    page, path = browser(carla), f"/portal/chats/{chat.channel_id}/messages"
    assert page.post(path, {"content": "Hello", "key": "1"}, fragment=True).status_code == 204
    sign_ins.end_all(carla.person_id)
    db.commit()
    assert page.post(path, {"content": "Still me", "key": "2"}, fragment=True).status_code != 204
    assert count_words(db) == 2


def test_words_without_the_token_of_a_form_are_refused(browser, db, carla, chat, monkeypatch):
    monkeypatch.setitem(current_app.config, "WTF_CSRF_ENABLED", True)
    page, path = browser(carla), f"/portal/chats/{chat.channel_id}"
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.get(path).get_data(as_text=True))
    other = re.search(r'name="csrf_token" value="([^"]+)"', browser(make_customer()).get("/portal/chats/new").text)
    for sent in ("", "made.up", other[1]):
        assert page.post(f"{path}/messages", {"content": "Hello", "key": "1", "csrf_token": sent}).status_code == 419
    assert count_words(db) == 1
    assert page.post(f"{path}/messages", {"content": "Hello", "csrf_token": token[1]}).status_code == 303


def test_a_message_asks_redis_once_and_rings_once(browser, redis, carla, chat):
    page, path = browser(carla), f"/portal/chats/{chat.channel_id}/messages"
    page.post(path, {"content": "Hello", "key": "1"}, fragment=True)
    before = count_questions(redis)
    page.post(path, {"content": "And?", "key": "2"}, fragment=True)
    assert count_questions(redis) - before == 2 + 1


def test_a_mark_of_reading_takes_one_statement_after_the_door_and_rings_where_it_moved(browser, db, redis, carla):
    ada = make_employee()
    chat = make_channel(carla, owner=ada)
    post(chat, ada, "Hello")
    page, path = browser(carla), f"/portal/chats/{chat.channel_id}/reading"
    page.get("/portal")  # from now on it is remembered who she is
    for rings in (1, 0):
        before = count_rings(redis)
        with counted() as statements:
            assert page.post(path, {"seq": "99"}, fragment=True).status_code == 204
        assert len(statements) == 2, statements
        assert count_rings(redis) - before == rings
    db.commit()
    read, last = (
        select(Participant.last_read_seq).where(Participant.person_id == carla.person_id),
        select(Channel.last_seq),
    )
    assert db.scalars(read).one() == db.scalars(last).one()


def test_one_person_says_120_things_a_minute_wherever_they_say_them(browser, db, carla, chat):
    other, page = make_channel(carla), browser(carla)
    for _number in range(120):
        limits.hit(throttle.MESSAGES_PER_PERSON, "chat-message", str(carla.person_id))
    refused = page.post(f"/portal/chats/{other.channel_id}/messages", {"content": "More", "key": "1"})
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 50
    assert count_words(db) == 2


def test_what_a_message_opens_again_is_signed_by_its_writer(browser, db, carla):
    """It was refused by the statement that stores it, which had said already who writes."""
    chat = make_channel(carla, owner=make_employee(), closed=True)
    browser(carla).post(f"/portal/chats/{chat.channel_id}/messages", {"content": "And now?", "key": "1"})
    reopened = "SELECT actor_id FROM audit_log WHERE row_id = :row_id ORDER BY audit_id DESC LIMIT 1"
    assert db.scalar(text(reopened), {"row_id": str(chat.channel_id)}) == carla.person_id
    db.refresh(chat)
    assert chat.is_open
