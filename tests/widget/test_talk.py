"""The doors behind the frame."""

import pytest
from sqlalchemy import func, select

from app.accounts import sign_ins
from app.conversations.actions import channels, messages, notes
from app.conversations.models import Channel
from app.people.models import Person
from app.widget.models import Visitor, WidgetSession
from tests.factories import make_channel, make_customer, make_employee, make_widget


def answer(db, chat, words="We do!"):
    """An employee accepts and answers."""
    ada = make_employee(first_name="Ada")
    agent = sign_ins.actor_for(ada.person_id)
    channel = db.get(Channel, chat)
    if channel.is_waiting:
        channels.accept_channel(channel, actor=agent)
    messages.post_message(channel.channel_id, words, actor=agent)
    db.commit()
    return agent, channel


def test_the_frame_is_for_registered_origins_and_sets_no_cookie(frame):
    widget = make_widget(origins=["https://lamps.example", "https://shop.example:8443"])
    page = frame(widget).get()
    policy = page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self' https://lamps.example https://shop.example:8443" in policy
    assert "X-Frame-Options" not in page.headers
    assert "unsafe" not in policy
    assert "Set-Cookie" not in page.headers
    assert frame(make_widget(is_on=False)).get().status_code == 404


def test_every_other_page_stays_unframed(browser):
    page = browser().get("/sign-in")
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_the_loader_is_small_and_any_page_may_load_it(browser):
    script = browser().get("/widget.js")
    assert len(script.data) < 5 * 1024
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in script.headers


def test_talking_without_an_account(frame, db):
    one = frame(make_widget())
    assert one.get("/chats").status_code == 401
    chat = one.begin("<b>Do you</b> gift-wrap?")
    answer(db, chat, "<img src=x onerror=alert(1)> We do!")
    page = one.get(f"/chats/{chat}").get_data(as_text=True)
    assert "&lt;b&gt;Do you&lt;/b&gt;" in page
    assert "&lt;img src=x" in page
    assert "talking with <strong>Ada" in page
    assert one.post(f"/chats/{chat}/messages", content="Lovely", key="k1").json == {"seq": 3}
    assert one.post(f"/chats/{chat}/messages", content="Lovely", key="k1").json == {"seq": 3}
    assert one.post(f"/chats/{chat}/closure").status_code == 204
    assert "How was it?" in one.get(f"/chats/{chat}").get_data(as_text=True)
    assert one.post(f"/chats/{chat}/rating", rating=5).status_code == 204
    assert "Thank you for your rating" in one.get(f"/chats/{chat}").get_data(as_text=True)
    assert one.http.get_cookie("rapport") is None


def test_a_first_message_sent_twice_is_two_visitors_at_most_and_an_empty_one_is_none(frame, db):
    one = frame(make_widget())
    assert one.post("/chats", message="  ").status_code == 422
    assert db.scalar(select(func.count()).select_from(Visitor)) == 0
    first = one.begin(key="a")
    assert one.begin(key="a") == first


def test_questions_before_the_chat(frame, db):
    one = frame(make_widget(asks_name="required", asks_email="optional"))
    refused = one.post("/chats", message="Hello")
    assert refused.status_code == 422
    assert refused.json["errors"] == {"name": ["Enter your name."]}
    one.begin(name="Ada  <i>", email="ada@example.com")
    visitor = db.scalars(select(Visitor)).one()
    assert (visitor.name, visitor.claimed_email, visitor.email) == ("Ada <i> (not verified)", "ada@example.com", None)


def test_the_page_is_told_only_where_the_shop_asks_for_it(frame, db):
    frame(make_widget()).begin(page="https://lamps.example/secret", page_title="Secret")
    frame(make_widget(tells_page=True)).begin(page="https://lamps.example/ada", page_title="Ada")
    assert sorted(db.execute(select(Visitor.page, Visitor.page_title)).all()) == [
        ("", ""),
        ("https://lamps.example/ada", "Ada"),
    ]


@pytest.mark.parametrize("path", ["", "/stream", "/messages?after=0"])
def test_conversations_of_others_are_not_there(frame, path):
    widget = make_widget()
    chat = frame(widget).begin()
    stranger = frame(widget)
    assert stranger.get(f"/chats/{chat}{path}").status_code == 401
    stranger.begin("Something else")
    assert stranger.get(f"/chats/{chat}{path}").status_code == 404
    theirs = make_channel(make_customer())
    assert stranger.get(f"/chats/{theirs.channel_id}{path}").status_code == 404


def test_the_secret_counts_in_the_header_only_and_nowhere_else(frame, browser, db):
    one = frame(make_widget())
    chat = one.begin()
    secret, one.secret = one.secret, ""
    for path in (f"/chats/{chat}?secret={secret}", f"/chats/{chat}?Authorization=Visitor%20{secret}"):
        assert one.get(path).status_code == 401
    one.http.set_cookie("rapport", secret)
    assert one.get(f"/chats/{chat}").status_code == 401
    assert browser().http.get("/portal/chats", headers={"Authorization": f"Visitor {secret}"}).status_code == 302
    stored = db.scalars(select(WidgetSession.token_hash)).one()
    assert secret.encode() not in stored


def test_a_signed_in_browser_is_nobody_in_the_frame(browser):
    widget, carla = make_widget(), make_customer()
    assert (
        browser(carla).http.get(f"/widget/{widget.key}/chats", headers={"Accept": "application/json"}).status_code
        == 401
    )


def test_what_employees_say_among_themselves_is_not_there(frame, db):
    one = frame(make_widget())
    chat = one.begin()
    agent, channel = answer(db, chat)
    notes.post_note(channel, "A difficult one", actor=agent)
    db.commit()
    for path in ("/chats", f"/chats/{chat}", f"/chats/{chat}/messages?after=1"):
        assert "difficult" not in one.get(path).get_data(as_text=True)


def test_large_and_many_are_refused(frame, db):
    widget = make_widget()
    one = frame(widget)
    assert one.post("/chats", message="x" * 70_000).status_code == 413
    assert one.post("/chats", message="x" * 10_001).status_code == 422
    codes = [frame(widget).post("/chats", message="Hello").status_code for _number in range(31)]
    assert codes.count(429) >= 1
    assert db.scalar(select(func.count()).select_from(Person).where(Person.kind == "visitor")) <= 30
