"""Visitors nobody ever proved to be anybody are forgotten some time after their last chat."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from app.conversations.actions import channels
from app.conversations.models import Channel, Chat
from app.core.access import SYSTEM
from app.engine.events.models import Event
from app.engine.notices.models import OutgoingMail
from app.widget.actions import forgetting, mailing, widgets
from app.widget.models import Visitor, WidgetCode, WidgetSession
from tests.browser_client import text_of
from tests.factories import make_employee, make_widget
from tests.widget.test_proofs import mailed_code
from tests.widget.test_talk import answer


@pytest.fixture
def widget(db):
    return make_widget(asks_email="optional", asks_name="optional", tells_page=True)


def talk(frame, widget, db, *, close=True):
    """A visitor asked, was answered, and the chat ended just now; returns their browser and the visitor."""
    one = frame(widget)
    told = {"name": "Nadia", "email": "nadia@example.com", "page": "https://lamps.example/desk", "page_title": "Desk"}
    agent, channel = answer(db, one.begin("My cellar is full of brass", **told))
    if close:
        channels.close_channel(channel, actor=agent)
        db.commit()
    return one, db.get(Visitor, channel.visitor_id)


def travel(db, **by):
    """Let all of it have happened earlier."""
    earlier = timedelta(**by)
    db.execute(update(Visitor).values(created_at=Visitor.created_at - earlier))
    db.execute(update(Channel).values(closed_at=Channel.closed_at - earlier))
    db.commit()


def forget(db):
    number = forgetting.forget_unproved()
    db.commit()
    db.expire_all()
    return number


def test_90_days_after_the_last_chat_they_are_forgotten(frame, db, work):
    widget = make_widget(asks_email="optional", asks_name="optional", tells_page=True)
    one, visitor = talk(frame, widget, db)
    one.post("/codes", email="nadia@example.com")
    db.execute(update(Chat).values(at=Chat.at - timedelta(hours=2)))
    mailing.mail_unread()
    work()
    travel(db, days=89)
    assert forget(db) == 0
    assert visitor.claimed_email == "nadia@example.com"
    travel(db, days=2)
    assert forget(db) == 1
    assert (visitor.name, visitor.claimed_email, visitor.page, visitor.page_now) == (
        "Visitor (not verified)",
        None,
        "",
        "",
    )
    assert visitor.erased_at is not None
    assert {chat.content for chat in db.scalars(select(Chat))} == {""}
    channel = db.scalars(select(Channel)).one()
    assert (channel.topic, channel.state) == ("", "closed")
    assert db.scalars(select(WidgetCode)).all() == []
    assert db.scalars(select(WidgetSession).where(WidgetSession.ended_at.is_(None))).all() == []
    assert {mail.address for mail in db.scalars(select(OutgoingMail))} <= {""}
    assert one.get("/chats").status_code == 401
    told = db.scalars(select(Event).where(Event.type == "visitors.forgotten")).one()
    assert told.payload == {"visitors": 1, "after_days": 90}
    assert forget(db) == 0, "once"


def test_nothing_anywhere_names_them_any_more(frame, db, work, widget):
    talk(frame, widget, db)
    work()
    travel(db, days=91)
    forget(db)
    work()
    tables = db.scalars(
        text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
    ).all()
    for table in tables:
        rows = db.scalars(text(f'SELECT to_jsonb(t)::text FROM "{table}" t'))
        for row in rows:
            assert not any(word in row for word in ("adia", "brass", "lamps.example/desk")), (table, row)


def test_who_still_talks_or_wrote_again_is_not_forgotten(frame, db, widget):
    talk(frame, widget, db, close=False)
    travel(db, days=400)
    assert forget(db) == 0
    again, _visitor = talk(frame, widget, db)
    travel(db, days=91)
    again.begin("And another thing")
    assert forget(db) == 0


def test_who_proved_to_be_a_customer_is_the_customer_s(frame, db, work, mailbox, widget):
    one, visitor = talk(frame, widget, db)
    one.post("/codes", email="nadia@example.com")
    one.post("/codes/proof", code=mailed_code(work, mailbox, "nadia@example.com"))
    travel(db, days=400)
    assert forget(db) == 0
    assert visitor.claimed_email == "nadia@example.com"


def test_many_go_a_batch_at_a_time(frame, db, widget, monkeypatch):
    for _each in range(3):
        talk(frame, widget, db)
    travel(db, days=91)
    monkeypatch.setattr(forgetting, "AT_ONCE", 2)
    assert [forget(db), forget(db), forget(db)] == [2, 1, 0]


def test_the_shop_decides_how_long(frame, browser, db, widget):
    boss = browser(make_employee("manager"))
    page = boss.get("/settings/widgets")
    assert 'value="90"' in page.get_data(as_text=True)
    assert boss.post("/settings/widgets/visitors", {"forget_after_days": "3"}).status_code == 422
    boss.post("/settings/widgets/visitors", {"forget_after_days": "30"})
    assert 'value="30"' in boss.get("/settings/widgets").get_data(as_text=True)
    assert "Visitors nobody proved" in text_of(page)
    talk(frame, widget, db)
    travel(db, days=31)
    assert forget(db) == 1
    assert browser(make_employee()).post("/settings/widgets/visitors", {"forget_after_days": "8"}).status_code == 403


def test_what_is_decided_is_in_the_trail(db):
    widgets.decide_about_visitors(45, actor=SYSTEM)
    db.commit()
    widgets.decide_about_visitors(60, actor=SYSTEM)
    db.commit()
    changes = db.scalars(text("SELECT changes FROM audit_log WHERE table_name = 'visitor_settings' ORDER BY audit_id"))
    assert [change["forget_after_days"] for change in changes] == [[None, 45], [45, 60]]
