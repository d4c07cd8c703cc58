"""Nobody is dropped: promises outside opening hours, and answers by mail for those who went."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from app.accounts import sign_ins
from app.conversations import seats
from app.conversations.models import Channel, Chat, Participant
from app.conversations.queries import away
from app.conversations.queries.away import look_ahead
from app.core.clock import now
from app.engine.hours.times import OpeningHours
from app.mailboxes.models import Mailbox
from app.widget.actions import mailing
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, make_widget, post
from tests.widget.test_talk import answer

NINE_TO_FIVE = ((9 * 60, 17 * 60),)
SHOP = OpeningHours(ZoneInfo("Europe/London"), (NINE_TO_FIVE,) * 5 + ((), ()))


@pytest.mark.parametrize(
    ("at", "promise"),
    [
        (datetime(2026, 1, 5, 8, 0, tzinfo=UTC), "today from 9:00"),
        (datetime(2026, 1, 5, 20, 0, tzinfo=UTC), "tomorrow from 9:00"),
        (datetime(2026, 1, 9, 20, 0, tzinfo=UTC), "Monday from 9:00"),
        (datetime(2026, 1, 5, 10, 0, tzinfo=UTC), ""),
    ],
)
def test_what_is_promised(at, promise):
    seen = look_ahead(SHOP, at, None, 5)
    assert (seen.promise, seen.is_away) == (promise, promise != "")


def test_waiting_counts_in_opening_time_only():
    waiting = SimpleNamespace(is_waiting=True, waiting_since=datetime(2026, 1, 9, 16, 58, tzinfo=UTC))
    for at, is_away in (
        (datetime(2026, 1, 12, 9, 2, tzinfo=UTC), False),
        (datetime(2026, 1, 12, 9, 3, tzinfo=UTC), True),
    ):
        assert look_ahead(SHOP, at, waiting, 5).is_away is is_away


def let_pass(db, minutes):
    """Let what was said be so much older."""
    db.execute(update(Chat).values(at=Chat.at - timedelta(minutes=minutes)))
    db.commit()


def mails(work, mailbox, address):
    work()
    return [mail for mail in mailbox.to(address) if "answered:" in mail["Subject"]]


def test_a_visitor_who_left_an_address_gets_all_answers_in_one_mail_with_a_way_back(frame, db, work, mailbox):
    one = frame(make_widget(mail_after_minutes=3))
    chat = one.begin()
    assert one.post("/address", email="ada@example.com").status_code == 204
    answer(db, chat, "We do!")
    answer(db, chat, "In red or gold?")
    assert mailing.mail_unread() == 0
    let_pass(db, 4)
    assert mailing.mail_unread() == 1
    assert mailing.mail_unread() == 0
    (mail,) = mails(work, mailbox, "ada@example.com")
    words = mail.get_body(("plain",)).get_content()
    assert words.index("We do!") < words.index("In red or gold?")
    token = words.split("#go=")[1].split()[0]
    elsewhere = frame(make_widget())
    elsewhere.here = one.here
    assert elsewhere.post("/links/proof", token=token).json["chat"] == chat


def test_who_is_there_or_has_read_gets_no_mail(frame, db):
    carla, ada = make_customer(), make_employee()
    channel = make_channel(carla, owner=ada)
    post(channel, ada, "Here you are")
    let_pass(db, 10)
    seats.take("a seat", seats.keys_of(sign_ins.actor_for(carla.person_id), "127.0.0.1"))
    assert mailing.mail_unread() == 0
    let_pass(db, 70)
    assert mailing.mail_unread() == 1
    post(channel, ada, "And more")
    let_pass(db, 70)
    db.execute(update(Participant).where(Participant.person_id == carla.person_id).values(last_read_seq=9))
    db.commit()
    assert mailing.mail_unread() == 0


def test_without_an_address_nothing_goes_out_and_later_it_does(frame, db):
    one = frame(make_widget())
    chat = one.begin()
    answer(db, chat)
    let_pass(db, 10)
    assert mailing.mail_unread() == 0
    one.post("/address", email="ada@example.com")
    assert mailing.mail_unread() == 1


def test_with_a_mailbox_the_answer_is_part_of_the_thread(browser, db, work, mailbox):
    db.add(Mailbox(address="help@lotus.example", name="Lotus", is_default=True))
    carla, ada = make_customer(email="carla@example.com"), make_employee()
    channel = make_channel(carla, owner=ada)
    post(channel, ada, "It is on its way")
    let_pass(db, 10)
    assert mailing.mail_unread() == 1
    (mail,) = mails(work, mailbox, "carla@example.com")
    assert "help@lotus.example" in mail["From"]
    assert mail["Message-ID"]
    db.refresh(channel)
    assert channel.last_seq == 3
    assert mailing.mail_unread() == 0
    thread = f"/conversations/{channel.channel_id}"
    assert "Automatic reply" in text_of(browser(ada).get(thread))
    for page in (f"/portal/chats/{channel.channel_id}", "/portal/chats"):
        shown = text_of(browser(carla).get(page))
        assert "You can answer this mail" not in shown, "it told of what the page itself shows"
    assert text_of(browser(carla).get(f"/portal/chats/{channel.channel_id}")).count("It is on its way") == 1


def test_outside_opening_hours_the_frame_promises_a_time_and_asks_for_an_address(frame, db, monkeypatch):
    closed = look_ahead(SHOP, datetime(2026, 1, 9, 20, 0, tzinfo=UTC), None, 5)
    monkeypatch.setattr(away, "outlook", lambda *_args: closed)
    one = frame(make_widget(away_text="Gone fishing."))
    assert "We are back Monday from 9:00" in one.get().get_data(as_text=True)
    chat = one.begin()
    page = one.get(f"/chats/{chat}").get_data(as_text=True)
    assert "Gone fishing." in page
    assert "Where may we send the answer?" in page
    one.post("/address", email="ada@example.com")
    assert "also goes to ada@example.com" in one.get(f"/chats/{chat}").get_data(as_text=True)
    assert one.post("/address", email="nonsense").status_code == 422


def test_when_nobody_accepts_in_time_the_same_is_offered(frame, db):
    one = frame(make_widget(offer_after_minutes=5))
    chat = one.begin()
    assert "Where may we send the answer?" not in one.get(f"/chats/{chat}").get_data(as_text=True)
    db.execute(update(Channel).values(waiting_since=now() - timedelta(minutes=6)))
    db.commit()
    page = one.get(f"/chats/{chat}").get_data(as_text=True)
    assert "Everybody is busy" in page
    assert "Where may we send the answer?" in page
