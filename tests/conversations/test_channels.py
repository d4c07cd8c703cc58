"""From the request to the rating: every step once, whoever is quicker."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from app.accounts import sign_ins
from app.conversations.actions import channels, messages, ratings
from app.conversations.models import Channel, Chat, Pair, Participant, Rating
from app.core.clock import now
from app.core.db import separately
from app.core.errors import Conflict, Invalid, NotAllowed
from tests.factories import make_channel, make_customer, make_employee, post


def actor_of(person):
    return sign_ins.actor_for(person.person_id)


def test_a_customer_asks_and_waits(db):
    carla = make_customer()
    channel = channels.request_channel(actor=actor_of(carla), topic="", message="Where is my order? It is late.")
    db.commit()
    assert (channel.state, channel.topic, channel.last_seq) == ("waiting", "Where is my order? It is late.", 1)


def test_a_double_click_makes_one_channel(db):
    carla = actor_of(make_customer())
    first = channels.request_channel(actor=carla, topic="Help", message="Hello", client_key="k1")
    db.commit()
    again = channels.request_channel(actor=carla, topic="Help", message="Hello", client_key="k1")
    db.commit()
    assert again.channel_id == first.channel_id
    assert db.scalar(select(func.count()).select_from(Chat)) == 1


def test_only_customers_ask(db):
    with pytest.raises(NotAllowed):
        channels.request_channel(actor=actor_of(make_employee()), topic="", message="Hello")


def test_the_second_to_accept_learns_who_has_it(db):
    ada, ben = make_employee(first_name="Ada", last_name="Byron"), make_employee()
    channel = make_channel()
    channels.accept_channel(channel, actor=actor_of(ada))
    db.commit()
    with pytest.raises(channels.ChannelTaken, match="Ada Byron has this conversation now"):
        channels.accept_channel(channel, actor=actor_of(ben))
    assert channel.owner_id == ada.person_id


def test_numbers_have_no_gaps_and_a_retry_is_stored_once(db):
    ada = make_employee()
    channel = make_channel(owner=ada)
    for key in ("a", "b", "b", "c"):
        posted = messages.post_message(channel.channel_id, f"message {key}", actor=actor_of(ada), client_key=key)
        db.commit()
    assert posted.seq == 4
    assert db.scalars(select(Pair.seq).order_by(Pair.seq)).all() == [1, 2, 3, 4]


def test_a_retry_after_the_close_finds_what_it_stored(db):
    carla = make_customer()
    channel = make_channel(carla, owner=make_employee())
    first = messages.post_message(channel.channel_id, "Is it open?", actor=actor_of(carla), client_key="a")
    channels.close_channel(channel, actor=actor_of(carla))
    db.commit()
    again = messages.post_message(channel.channel_id, "Is it open?", actor=actor_of(carla), client_key="a")
    db.commit()
    assert again.comm_id == first.comm_id
    assert db.get(Channel, channel.channel_id).is_closed


def test_what_was_read_before_somebody_closed_it_is_looked_at_again(db):
    ada = make_employee()
    channel = make_channel(owner=ada)
    with separately():
        channels.close_channel(db.get(Channel, channel.channel_id), actor=actor_of(ada))
    assert channel.is_open, "as this request read it"
    with pytest.raises(channels.ChannelClosed):
        messages.post_message(channel.channel_id, "One more thing", actor=actor_of(ada))
    db.rollback()
    assert db.scalar(select(func.count()).select_from(Chat)) == 1, "the question alone"


def test_the_first_answer_is_timed_once(db):
    ada = make_employee()
    channel = make_channel(owner=ada)
    assert channel.first_response_at is None
    post(channel, ada, "Hello")
    first = channel.first_response_at
    post(channel, ada, "Still here")
    assert channel.first_response_at == first is not None


def test_an_employee_accepts_before_answering(db):
    with pytest.raises(Conflict, match="Accept"):
        messages.post_message(make_channel().channel_id, "Hello", actor=actor_of(make_employee()))


def test_an_empty_message_is_refused(db):
    ada = make_employee()
    with pytest.raises(Invalid):
        messages.post_message(make_channel(owner=ada).channel_id, " \u200b\n ", actor=actor_of(ada))


def test_a_closed_chat_goes_on_with_the_customer_s_next_message(db):
    carla, ada = make_customer(), make_employee()
    channel = make_channel(carla, owner=ada, closed=True)
    with pytest.raises(channels.ChannelClosed):
        messages.post_message(channel.channel_id, "One more thing", actor=actor_of(ada))
    db.rollback()
    post(channel, carla, "One more question")
    assert (channel.state, channel.owner_id, channel.closed_at) == ("open", ada.person_id, None)


def test_after_a_week_it_stays_closed(db):
    carla = make_customer()
    channel = make_channel(carla, owner=make_employee(), closed=True)
    channel.closed_at = now() - timedelta(days=7, minutes=1)
    db.commit()
    with pytest.raises(channels.ChannelClosed, match="7 days"):
        messages.post_message(channel.channel_id, "Hello again", actor=actor_of(carla))


def test_it_waits_again_when_its_owner_is_gone(db):
    ada = make_employee()
    channel = make_channel(owner=ada, closed=True)
    ada.deactivated_at = now()
    db.commit()
    channels.reopen_channel(channel, actor=actor_of(make_employee()))
    assert (channel.state, channel.owner_id) == ("waiting", None)


def test_a_chat_is_handed_over(db):
    ada, ben = make_employee(), make_employee()
    channel = make_channel(owner=ada)
    channels.hand_over(channel, ben, actor=actor_of(ada))
    db.commit()
    assert channel.owner_id == ben.person_id
    left = db.scalars(select(Participant.person_id).where(Participant.left_at.is_not(None))).all()
    assert left == [ada.person_id]


def test_an_owner_does_not_just_leave(db):
    ada = make_employee()
    with pytest.raises(Conflict):
        channels.leave_channel(make_channel(owner=ada), actor=actor_of(ada))


def test_colleagues_talk_among_themselves(db):
    ada, ben, cem = make_employee(), make_employee(), make_employee()
    channel = channels.open_channel([ben, cem], actor=actor_of(ada), message="Lunch?")
    db.commit()
    assert (channel.kind, channel.state) == ("internal", "open")
    assert db.scalar(select(func.count()).select_from(Participant)) == 3
    channels.leave_channel(channel, actor=actor_of(ben))


def test_two_customers_are_never_in_one_channel(db):
    with pytest.raises(Invalid):
        channels.open_channel([make_customer(), make_customer()], actor=actor_of(make_employee()))


def test_a_rating_is_given_after_the_close(db):
    carla, ada = make_customer(), make_employee()
    channel = make_channel(carla, owner=ada)
    with pytest.raises(Conflict, match="once it is closed"):
        ratings.rate_channel(channel, 5, actor=actor_of(carla))
    channels.close_channel(channel, actor=actor_of(ada))
    db.commit()
    with pytest.raises(NotAllowed):
        ratings.rate_channel(channel, 5, actor=actor_of(ada))
    with pytest.raises(Invalid):
        ratings.rate_channel(channel, 6, actor=actor_of(carla))
    rated = ratings.rate_channel(channel, 5, actor=actor_of(carla), feedback="Quick and kind")
    db.commit()
    assert (rated.stars, rated.answered_by, rated.comment) == (5, ada.person_id, "Quick and kind")


def test_messages_leave_no_line_in_the_audit_trail(db):
    ada = make_employee()
    channel = make_channel(owner=ada)
    before = db.scalar(text("SELECT count(*) FROM audit_log WHERE table_name = 'comm_channels'"))
    post(channel, ada, "Hello")
    post(channel, ada, "World")
    after = db.scalar(text("SELECT count(*) FROM audit_log WHERE table_name = 'comm_channels'"))
    assert after == before


def test_an_erased_customer_s_words_are_gone(db, work):
    from app.people import actions as people

    carla, ada = make_customer(), make_employee()
    channel = make_channel(carla, owner=ada, message="My card is 4000 1234")
    post(channel, ada, "Thank you Carla")
    messages.log_call(carla, actor=actor_of(ada), duration_seconds=60, notes="Spoke of 4000 1234")
    channels.close_channel(channel, actor=actor_of(ada))
    ratings.rate_channel(channel, 1, actor=actor_of(carla), feedback="4000 1234")
    people.erase_customer(carla, actor=actor_of(ada), reason="asked")
    db.commit()
    work()
    for table in ("communications", "comm_channels", "ratings", "audit_personal", "notices"):
        found = db.scalar(text(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%4000 1234%'"))
        assert found == 0, table
    db.refresh(channel)
    assert channel.topic == ""
    assert db.scalar(select(Rating.stars)) == 1
    assert isinstance(db.get(Channel, channel.channel_id), Channel)
