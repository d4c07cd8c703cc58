"""Ratings that survive what happens later."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from app.accounts import sign_ins
from app.conversations.actions import channels, messages, ratings
from app.conversations.models import Channel, Rating
from app.core.errors import Invalid
from app.tasks.models import Task
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee


def actor_of(person):
    return sign_ins.actor_for(person.person_id)


def rated(db, stars: int, carla=None, owner=None) -> Rating:
    """A closed chat that its customer rated."""
    carla = carla or make_customer()
    channel = make_channel(carla, owner=owner or make_employee(), closed=True)
    made = ratings.rate_channel(channel, stars, actor=actor_of(carla), feedback="As it was")
    db.commit()
    return made


def test_it_keeps_who_answered_most_and_who_closed(db):
    carla = make_customer()
    ada, ben = make_employee(department="Support"), make_employee(department="Sales")
    channel = make_channel(carla, owner=ada)
    for words in ("Hello", "One moment"):
        messages.post_message(channel.channel_id, words, actor=actor_of(ada))
    channels.hand_over(channel, ben, actor=actor_of(ada))
    messages.post_message(channel.channel_id, "Done", actor=actor_of(ben))
    channels.close_channel(channel, actor=actor_of(ben))
    made = ratings.rate_channel(channel, 4, actor=actor_of(carla))
    ada.department = "Elsewhere"
    db.commit()
    assert (made.answered_by, made.closed_by, made.team) == (ada.person_id, ben.person_id, "Support")
    assert made.channel_kind == "chat"


def test_it_may_be_changed_for_a_day(db, browser):
    carla = make_customer()
    made = rated(db, 2, carla)
    url = f"/portal/chats/{made.channel_id}"
    page = browser(carla)
    assert "Change the rating" in text_of(page.get(url))
    page.post(f"{url}/rating", {"rating": "4", "feedback": "Better now"})
    db.refresh(made)
    assert (made.stars, made.comment) == (4, "Better now")
    assert made.changed_at
    db.execute(update(Rating).values(rated_at=made.rated_at - timedelta(hours=25)))
    db.commit()
    assert page.post(f"{url}/rating", {"rating": "1"}).status_code == 409
    assert "Change the rating" not in text_of(page.get(url))


def test_each_close_has_its_own(db):
    carla, ada = make_customer(), make_employee()
    channel = make_channel(carla, owner=ada, closed=True)
    ratings.rate_channel(channel, 1, actor=actor_of(carla))
    channels.reopen_channel(channel, actor=actor_of(carla))
    channels.close_channel(channel, actor=actor_of(ada))
    ratings.rate_channel(channel, 5, actor=actor_of(carla))
    db.commit()
    assert db.scalars(select(Rating.stars).order_by(Rating.closed_at)).all() == [1, 5]


def test_a_low_one_asks_the_teams_manager_once(db, work):
    make_employee("manager", department="Sales")
    boss = make_employee("manager", department="Support")
    carla = make_customer()
    made = rated(db, 1, carla, make_employee(department="Support"))
    work()
    for stars in (5, 2):
        ratings.rate_channel(make_closed(db, made), stars, actor=actor_of(carla))
        db.commit()
        work()
    task = db.scalars(select(Task)).one()
    assert (task.assignee_id, task.record_kind, task.record_id) == (boss.person_id, "conversation", made.channel_id)
    db.refresh(made)
    assert made.follow_up_id == task.task_id
    rated(db, 3)
    work()
    assert len(db.scalars(select(Task)).all()) == 1


def make_closed(db, made):
    return db.get(Channel, made.channel_id)


def test_a_manager_excludes_one_and_says_why(db, browser):
    carla = make_customer()
    for stars in (5, 4):
        rated(db, stars, carla)
    low = rated(db, 1, carla)
    boss, agent = browser(make_employee("manager")), browser(make_employee())
    page = f"/conversations/{low.channel_id}"
    assert "3.3 of 5" in text_of(boss.get(page))
    assert agent.post(f"/ratings/{low.rating_id}/exclusion", {"reason": "x"}).status_code == 403
    assert boss.post(f"/ratings/{low.rating_id}/exclusion", {"reason": " "}).status_code == 422
    after = text_of(boss.follow(boss.post(f"/ratings/{low.rating_id}/exclusion", {"reason": "The parcel was lost"})))
    assert "The parcel was lost" in after
    assert "4.5 of 5" in after
    trail = text("SELECT count(*) FROM audit_log WHERE table_name = 'ratings' AND actor_id IS NOT NULL")
    assert db.scalar(trail) >= 1
    boss.post(f"/ratings/{low.rating_id}/exclusion/delete", {})
    assert "3.3 of 5" in text_of(boss.get(page))


def test_filters_and_the_stream_know_it(db, browser):
    carla = make_customer()
    made = rated(db, 2, carla)
    happy = rated(db, 5)
    boss = browser(make_employee("manager"))
    listed = boss.get('/conversations?tab=closed&where={"f":"rating","op":"le","v":2}').text
    assert str(made.channel_id) in listed
    assert str(happy.channel_id) not in listed
    stream = text_of(boss.get(f"/customers/{carla.person_id}"))
    assert "Rated 2 of 5" in stream
    assert "As it was" in stream


@pytest.mark.parametrize("stars", [0, 6])
def test_one_to_five(db, stars):
    with pytest.raises(Invalid):
        rated(db, stars)
