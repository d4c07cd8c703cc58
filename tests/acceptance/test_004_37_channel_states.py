"""004-37: a channel waits, is open and is closed; a closed one refuses messages or goes on, by rule."""

from datetime import timedelta

from sqlalchemy import func, select

from app.conversations.models import Channel, Chat
from app.core.clock import now
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee


def test_a_closed_channel_refuses_or_goes_on(browser, db):
    carla, ada = make_customer(), make_employee()
    channel = make_channel(carla, owner=ada, closed=True)
    hers, desk = browser(carla), browser(ada)
    said = {"content": "And another thing"}
    assert desk.post(f"/conversations/{channel.channel_id}/messages", said).status_code == 409
    assert hers.post(f"/portal/chats/{channel.channel_id}/messages", said).status_code == 303
    db.refresh(channel)
    assert channel.state == "open"
    desk.post(f"/conversations/{channel.channel_id}/closure")
    db.execute(Channel.__table__.update().values(closed_at=now() - timedelta(days=8)))
    db.commit()
    refused = hers.post(f"/portal/chats/{channel.channel_id}/messages", said)
    assert refused.status_code == 409
    assert "Start a new conversation" in text_of(refused)
    assert hers.post(f"/portal/chats/{channel.channel_id}/closure/delete").status_code == 409
    assert db.scalar(select(func.count()).select_from(Chat)) == 2


def test_hostile_words_stay_words(browser):
    carla, ada = make_customer(first_name="<img src=x onerror=alert(1)>"), make_employee()
    words = "<script>alert(1)</script> =1+1 {{ 7*7 }} \u202egnp.exe"
    channel = make_channel(carla, owner=ada, message=words, topic="<b>topic</b>")
    for page in (
        browser(ada).get(f"/conversations/{channel.channel_id}"),
        browser(ada).get("/conversations?tab=mine"),
        browser(carla).get(f"/portal/chats/{channel.channel_id}"),
        browser(carla).get("/portal"),
    ):
        markup = page.get_data(as_text=True)
        assert page.status_code == 200
        assert "<script>alert" not in markup
        assert "<img src=x" not in markup
        assert "<b>topic" not in markup
        assert "\u202e" not in markup
    assert "{{ 7*7 }}" in text_of(browser(ada).get(f"/conversations/{channel.channel_id}"))


def test_too_long_or_empty_is_refused_and_stores_nothing(browser, db):
    carla = make_customer()
    channel = make_channel(carla)
    url = f"/portal/chats/{channel.channel_id}/messages"
    for content in ("", "   ", "\u200b", "x" * 10_001, "\x00"):
        assert browser(carla).post(url, {"content": content}).status_code == 422, content[:5]
    assert db.scalar(select(func.count()).select_from(Chat)) == 1
