"""A conversation by mail has no notes; colleagues meet in rooms with a name."""

import pytest
from sqlalchemy import select

from app.accounts import sign_ins
from app.conversations.actions import channels, notes, transcripts
from app.core.errors import Conflict, Invalid
from app.engine.notices.models import Notice
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, post


def actor(person):
    return sign_ins.actor_for(person.person_id)


def body_of(mail) -> str:
    return mail.get_body(("plain",)).get_content()


def test_the_customer_gets_what_was_said_and_no_notes(browser, db, work, mailbox):
    carla, ada = make_customer(first_name="Carla", email="carla@example.com"), make_employee(first_name="Ada")
    channel = make_channel(carla, owner=ada, message="Where is my order?")
    post(channel, ada, "On its way")
    notes.post_note(channel, "She paid late twice", actor=actor(ada))
    db.commit()
    url = f"/conversations/{channel.channel_id}/transcript"
    browser(ada).post(url)
    browser(ada).post(url)
    work()
    sent = [mail for mail in mailbox.messages if mail["Subject"].startswith("Your conversation:")]
    assert len(sent) == 1
    words = body_of(sent[0])
    assert "Where is my order?" in words
    assert "On its way" in words
    assert "paid late" not in words


def test_the_customer_asks_for_it_and_nobody_else_does(browser, db, work, mailbox):
    carla, stranger = make_customer(email="carla@example.com"), make_customer()
    channel = make_channel(carla, owner=make_employee())
    url = f"/portal/chats/{channel.channel_id}/transcript"
    assert browser(stranger).post(url).status_code == 404
    page = browser(carla)
    assert "on its way to carla@example.com" in text_of(page.follow(page.post(url)))


def test_without_an_address_there_is_nothing_to_send(db):
    ada, ben = make_employee(), make_employee()
    talk = channels.open_channel([ben], actor=actor(ada), message="Hello")
    with pytest.raises(Conflict):
        transcripts.send_transcript(talk, actor=actor(ada))


def test_a_room_has_a_name_members_unread_and_mentions(browser, db):
    ada, ben = make_employee(first_name="Ada"), make_employee(first_name="Ben", last_name="Short")
    outside = make_employee("admin")
    page = browser(ada)
    people = {"people": str(ben.person_id), "room_name": "Shop floor", "message": "Welcome", "key": "k"}
    address = page.post("/conversations/new", people).location
    page.post(f"{address}/messages", {"content": "@ben.short can you lock up?", "key": "k2"})
    listed = text_of(browser(ben).get("/conversations?tab=team"))
    assert "Shop floor" in listed
    assert "unread" in listed
    assert "Shop floor" in text_of(browser(ben).get("/conversations?tab=mentions"))
    titles = db.scalars(select(Notice.title).where(Notice.person_id == ben.person_id)).all()
    assert any("Shop floor" in title for title in titles)
    assert browser(outside).get(address).status_code == 404


def test_customers_are_in_no_room(db):
    with pytest.raises(Invalid):
        channels.open_channel([make_customer()], actor=actor(make_employee()), message="Hi", room_name="Us")
