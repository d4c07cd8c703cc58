"""The inbox: who waits longest stands first, each tab shows its own, and a snoozed conversation is out of the way."""

import json
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy import select

from app.conversations.models import Channel
from app.core.clock import now
from app.engine.tags.models import Tag
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, post


def waits(channel: Channel, minutes: int, db) -> Channel:
    channel.unanswered_since = now() - timedelta(minutes=minutes)
    db.commit()
    return channel


def names_on(page: str) -> list[str]:
    return [part.split("<")[0] for part in page.split('class="waiting-name"')[1:] for part in [part.split(">", 1)[1]]]


def test_who_waits_longest_stands_first_and_then_the_latest(browser, db):
    ada = make_employee()
    talks = {name: make_channel(make_customer(first_name=name), owner=ada) for name in ("Old", "New", "Done", "Fresh")}
    waits(talks["Old"], 90, db)
    waits(talks["New"], 2, db)
    for name in ("Done", "Fresh"):
        post(talks[name], ada, "answered")
    page = browser(ada).get("/conversations?tab=mine").get_data(as_text=True)
    assert [name.split()[0] for name in names_on(page)] == ["Old", "New", "Fresh", "Done"]
    assert text_of(browser(ada).get("/conversations?tab=closed")).count("Old") == 0


def test_tabs_count_what_asks_for_something(browser, db):
    ada, ben = make_employee(), make_employee()
    make_channel(owner=ada)
    make_channel(owner=ada)
    make_channel(owner=ben)
    make_channel()
    tabs = text_of(browser(ada).get("/conversations?tab=mine")).split("Rooms")[0]
    assert "Mine 2" in tabs
    assert "Unassigned 1" in tabs


def test_a_private_note_is_written_beside_a_reply(browser, db):
    carla, ada = make_customer(first_name="Carla"), make_employee()
    channel = make_channel(carla, owner=ada)
    page, url = browser(ada), f"/conversations/{channel.channel_id}"
    page.post(f"{url}/messages", {"mode": "note", "note": "She is cross", "content": "half a reply", "key": "1"})
    shown = text_of(page.get(url))
    assert "Private note by" in shown
    assert "She is cross" in shown
    assert "She is cross" not in text_of(browser(carla).get(f"/portal/chats/{channel.channel_id}"))


def test_a_draft_is_there_again_until_it_is_sent(browser, db):
    ada, ben = make_employee(), make_employee("manager")
    channel = make_channel(owner=ada)
    url = f"/conversations/{channel.channel_id}"
    draft = {"mode": "reply", "content": "I will look into", "key": "k7"}
    assert browser(ada).post(f"{url}/draft", draft).status_code == 204
    elsewhere = browser(ada)
    assert "I will look into</textarea>" in elsewhere.get(url).get_data(as_text=True)
    assert "Draft" in text_of(elsewhere.get("/conversations?tab=mine"))
    assert "I will look into" not in browser(ben).get(url).get_data(as_text=True)
    elsewhere.post(f"{url}/messages", {"content": "I will look into it", "key": "k7"})
    browser(ada).post(f"{url}/draft", draft)
    assert "I will look into</textarea>" not in elsewhere.get(url).get_data(as_text=True)


def test_drafts_are_only_for_who_may_answer_here(browser, db):
    channel = make_channel(carla := make_customer(), owner=make_employee())
    draft = {"mode": "reply", "content": "Hm"}
    url = f"/conversations/{channel.channel_id}/draft"
    assert browser(make_employee(department="Warehouse")).post(url, draft).status_code == 404
    assert browser(carla).post(url, draft).status_code == 403


def test_labels_stand_in_the_list_and_narrow_it(browser, db):
    ada = make_employee()
    labelled, other = (make_channel(make_customer(first_name=name), owner=ada) for name in ("Labelled", "Plain"))
    page = browser(ada)
    page.post(f"/records/conversation/{labelled.channel_id}/tags", {"name": "Complaint"})
    listed = page.get("/conversations?tab=mine").get_data(as_text=True)
    assert "Complaint" in listed
    tag = db.scalars(select(Tag)).one()
    where = quote(json.dumps({"f": "tags", "op": "in", "v": [str(tag.tag_id)]}))
    narrowed = page.get(f"/conversations?tab=mine&where={where}").get_data(as_text=True)
    assert [name.split()[0] for name in names_on(narrowed)] == ["Labelled"]
    assert other.is_open
