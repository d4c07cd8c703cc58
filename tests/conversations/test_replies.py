"""Canned replies: own, the team's, everyone's; filled in where they are used, and refused with words nobody knows."""

import pytest
from sqlalchemy import select

from app.accounts import sign_ins
from app.conversations.replies import actions, queries
from app.conversations.replies.actions import ReplyDetails
from app.conversations.replies.models import CannedReply
from app.core.errors import Invalid, NotAllowed
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee

HELLO = ReplyDetails("hello", "Hello {customer.first_name}, this is {me.first_name} about {conversation.topic}.")


def written(person, details=HELLO):
    reply = actions.add_reply(details, actor=sign_ins.actor_for(person.person_id))
    actions.db.session.commit()
    return reply


def test_a_slash_offers_it_filled_in(browser, db):
    ada = make_employee(first_name="Ada")
    channel = make_channel(make_customer(first_name="Carla"), owner=ada, topic="Candles")
    reply = written(ada)
    address = f"/replies/choices?q=hel&conversation={channel.channel_id}"
    offered = browser(ada).get(address, fragment=True).get_data(as_text=True)
    assert 'data-text="Hello Carla, this is Ada about Candles."' in offered
    browser(ada).post(f"/replies/{reply.reply_id}/uses")
    assert "1" in text_of(browser(ada).get("/replies"))


def test_others_use_what_is_shared_and_only_that(browser, db):
    boss, ada = make_employee("manager", department="Service"), make_employee(department="Service")
    ben = make_employee(department="Warehouse")
    written(ada)
    written(boss, ReplyDetails("ours", "From our team", "team"))
    written(boss, ReplyDetails("all", "From all of us", "everyone"))
    names = {
        person.person_id: [one.name for one in queries.page_of_replies(sign_ins.actor_for(person.person_id)).rows]
        for person in (boss, ada, ben)
    }
    assert names == {boss.person_id: ["all", "ours"], ada.person_id: ["all", "hello", "ours"], ben.person_id: ["all"]}


def test_sharing_takes_a_right(browser, db):
    ada, boss = make_employee(), make_employee("manager")
    with pytest.raises(NotAllowed):
        written(ada, ReplyDetails("all", "words", "everyone"))
    db.rollback()
    shared = written(boss, ReplyDetails("all", "words", "everyone"))
    assert browser(ada).get(f"/replies/{shared.reply_id}/edit").status_code == 403
    own = written(boss)
    assert browser(ada).get(f"/replies/{own.reply_id}/edit").status_code == 404


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (ReplyDetails("x", "Dear {customer.password}"), "body"),
        (ReplyDetails("", "words"), "name"),
        (ReplyDetails("x", ""), "body"),
        (ReplyDetails("x", "words", "world"), "audience"),
    ],
)
def test_what_cannot_be_used_is_refused(db, details, field):
    with pytest.raises(Invalid) as refusal:
        written(make_employee(), details)
    assert field in refusal.value.errors


def test_a_name_is_there_once(db):
    ada = make_employee()
    written(ada)
    with pytest.raises(Invalid):
        written(ada, ReplyDetails("HELLO", "again"))
    written(make_employee())


def test_pages_write_preview_change_and_delete(browser, db):
    page = browser(make_employee("manager"))
    sent = page.post("/replies/new", {"name": "thanks", "body": "Thank you, {customer.first_name}!", "audience": "own"})
    assert "/thanks" in text_of(page.follow(sent))
    bad = page.post("/replies/new", {"name": "bad", "body": "{nothing}", "audience": "own"})
    assert bad.status_code == 422
    shown = page.post("/replies/preview", {"body": "Hi {customer.first_name} {oops}"}, fragment=True)
    assert "Hi Carla" in text_of(shown)
    assert "Nothing is known as {oops}" in text_of(shown)
    (reply,) = db.scalars(select(CannedReply))
    here = f"/replies/{reply.reply_id}"
    page.post(f"{here}/edit", {"name": "thanks", "body": "Many thanks", "audience": "everyone"})
    assert "Many thanks" in text_of(page.get("/replies"))
    page.post(f"{here}/deletion")
    assert "Many thanks" not in text_of(page.get("/replies?q=many"))
