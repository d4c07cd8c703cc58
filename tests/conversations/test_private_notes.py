"""What employees say among themselves never reaches the customer; whose turn it is stands on the channel."""

import pytest
from sqlalchemy import select, text

from app.accounts import sign_ins
from app.conversations.actions import channels, notes
from app.conversations.models import Mention
from app.core.errors import NotAllowed
from app.engine.notices.models import Notice
from app.people import actions as people
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, post

SECRET = "He paid late twice, @ben.short please look"


@pytest.fixture
def talk(db):
    """Carla's chat with Ada, and Ben beside them."""
    carla, ada = make_customer(first_name="Carla"), make_employee(first_name="Ada")
    ben = make_employee(first_name="Ben", last_name="Short")
    return carla, ada, ben, make_channel(carla, owner=ada)


def note(channel, person, words, **options):
    noted = notes.post_note(channel, words, actor=sign_ins.actor_for(person.person_id), **options)
    channels.db.session.commit()
    return noted


def test_a_note_is_for_employees_only(browser, talk, work):
    carla, ada, _ben, channel = talk
    note(channel, ada, SECRET)
    work()
    assert "paid late" in text_of(browser(ada).get(f"/conversations/{channel.channel_id}"))
    customer = browser(carla)
    for path in ("/portal", "/portal/chats", f"/portal/chats/{channel.channel_id}"):
        assert "paid late" not in customer.get(path).get_data(as_text=True)
    news = customer.get(f"/portal/chats/{channel.channel_id}/messages?after=0", fragment=True)
    assert "paid late" not in news.get_data(as_text=True)
    with pytest.raises(NotAllowed):
        note(channel, carla, "hello")


def test_a_note_is_not_in_the_customer_s_stream(server, talk):
    carla, ada, _ben, channel = talk
    line = server.browser(carla).listen(f"/portal/chats/{channel.channel_id}/stream?after=0")
    note(channel, ada, SECRET)
    post(channel, ada, "the answer")
    line.wait_for_text("the answer")
    assert "paid late" not in str(line.events)


def test_who_is_mentioned_is_told_once(db, talk):
    _carla, ada, ben, channel = talk
    first = note(channel, ada, SECRET, client_key="k1")
    again = note(channel, ada, SECRET, client_key="k1")
    assert (again.comm_id, again.seq) == (first.comm_id, first.seq)
    assert [one.name for one in first.told.told] == ["Ben Short"]
    assert db.scalars(select(Mention.person_id)).all() == [ben.person_id]
    assert db.scalars(select(Notice.title).where(Notice.person_id == ben.person_id)).one().startswith("Ada Employee")


def test_a_customer_s_words_wait_until_somebody_answers(db, talk):
    carla, ada, _ben, channel = talk
    asked = channel.unanswered_since
    assert asked is not None
    post(channel, carla, "Anybody there?")
    note(channel, ada, "I am on it")
    assert channel.unanswered_since == asked
    post(channel, ada, "Here I am")
    assert channel.unanswered_since is None
    post(channel, carla, "Thank you!")
    assert channel.unanswered_since > asked


def test_erasing_the_customer_takes_the_notes_along(db, talk, work):
    carla, ada, _ben, channel = talk
    note(channel, ada, SECRET)
    people.erase_customer(carla, actor=sign_ins.actor_for(make_employee("admin").person_id), reason="Asked")
    db.commit()
    work()
    assert db.scalars(text("SELECT content FROM private_notes")).all() == [""]
    assert "paid late" not in str(db.scalars(select(Notice.body)).all())
