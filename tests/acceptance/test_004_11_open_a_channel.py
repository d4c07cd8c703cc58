"""004-11, 004-41: an employee opens a channel with a customer or with several colleagues, and closes it."""

from sqlalchemy import func, select

from app.conversations.models import Channel, Participant
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee


def count_participants(db):
    return db.scalar(select(func.count()).select_from(Participant))


def test_with_a_customer_and_a_double_click_opens_one(browser, db):
    carla, ada = make_customer(), make_employee()
    page, form = browser(ada), {"message": "Hello Carla", "key": "once"}
    url = f"/conversations/new?customer={carla.person_id}"
    assert carla.name in text_of(page.get(url))
    first, second = page.post(url, form), page.post(url, form)
    assert first.headers["Location"] == second.headers["Location"]
    channel = db.scalars(select(Channel)).one()
    assert (channel.kind, channel.state, channel.owner_id) == ("chat", "open", ada.person_id)
    assert "Hello Carla" in text_of(browser(carla).get(f"/portal/chats/{channel.channel_id}"))


def test_with_several_colleagues(browser, db):
    ada, ben, cem = make_employee(), make_employee(), make_employee()
    sent = browser(ada).post(
        "/conversations/new", {"people": [str(ben.person_id), str(cem.person_id)], "message": "Lunch?", "key": "k"}
    )
    assert db.scalars(select(Channel.kind)).one() == "internal"
    assert count_participants(db) == 3
    assert "Lunch?" in text_of(browser(cem).get(sent.headers["Location"]))


def test_closing_asks_the_customer_for_a_rating(browser, db):
    carla, ada = make_customer(), make_employee()
    browser(ada).post(f"/conversations/new?customer={carla.person_id}", {"message": "Hello", "key": "k"})
    channel_id = db.scalars(select(Channel.channel_id)).one()
    assert "How was it?" not in text_of(browser(carla).get(f"/portal/chats/{channel_id}"))
    browser(ada).post(f"/conversations/{channel_id}/closure")
    assert "How was it?" in text_of(browser(carla).get(f"/portal/chats/{channel_id}"))
    assert browser(ada).post(f"/conversations/{channel_id}/closure").status_code == 409
