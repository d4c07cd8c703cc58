"""By which ways employees hear of what: chosen on a page of their own."""

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.engine.notices import actions as notices
from app.engine.notices import choices, queries
from app.engine.notices.models import Notice, OutgoingMail
from app.engine.notices.topics import TOPICS
from app.engine.push import actions as push
from app.engine.push import vapid
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee


def with_device(person, service, db) -> str:
    made = service.ask("subscribe", key=vapid.get_key().public)
    push.add_device(person.person_id, **made, device="Firefox on Linux")
    db.commit()
    return made["endpoint"]


def say(person, db, work, key="note:1", **more):
    is_new = notices.notify(person.person_id, key=key, title="Ravi mentioned you", body="Look!", url="/help", **more)
    db.commit()
    work()
    return is_new


@pytest.mark.parametrize("ways", [set(), {"bell"}, {"mail"}, {"push"}, {"bell", "mail", "push"}])
def test_it_comes_by_the_chosen_ways_and_once(db, push_service, work, mailbox, ways):
    agent = make_employee()
    endpoint = with_device(agent, push_service, db)
    choices.choose(agent.person_id, {"mentions": frozenset(ways)})
    assert say(agent, db, work)
    assert not say(agent, db, work)
    assert queries.count_unread(agent.person_id) == ("bell" in ways)
    assert [one.title for one in queries.page_of_notices(agent.person_id).rows] == ["Ravi mentioned you"]
    assert [mail["Subject"] for mail in mailbox.messages] == ["Ravi mentioned you"] * ("mail" in ways)
    assert len(push_service.shown(endpoint)) == ("push" in ways)


def test_who_chose_nothing_has_the_bell_and_their_devices(db, push_service, work, mailbox):
    agent, customer = make_employee(), make_customer()
    endpoints = [with_device(person, push_service, db) for person in (agent, customer)]
    for person in (agent, customer):
        say(person, db, work)
    assert [len(push_service.shown(endpoint)) for endpoint in endpoints] == [1, 1]
    assert push_service.shown(endpoints[0])[0]["said"]["url"] == "/help"
    assert not mailbox.messages
    assert db.scalars(select(Notice.read_at)).all() == [None, None]


def test_a_mail_goes_to_nobody_who_left(db, work):
    agent = make_employee()
    choices.choose(agent.person_id, {"mentions": frozenset(("mail",))})
    agent.deactivated_at = now()
    say(agent, db, work)
    assert db.scalar(select(OutgoingMail.mail_id)) is None


def test_the_page_keeps_what_is_ticked(browser, db):
    agent = make_employee()
    page = browser(agent)
    assert all(topic.label in text_of(page.get("/settings/notices")) for topic in TOPICS.values())
    page.follow(page.post("/settings/notices", {"calls": ["push"], "tasks": ["bell", "mail"]}))
    kept = {one.topic.key: one.ways for one in choices.list_choices(agent.person_id)}
    assert (kept["calls"], kept["tasks"], kept["mentions"]) == ({"push"}, {"bell", "mail"}, set())
    assert page.post("/settings/notices", {"calls": ["pigeon"]}).status_code == 422
    assert browser(make_customer()).get("/settings/notices").status_code == 403
    other = {one.topic.key: one.ways for one in choices.list_choices(make_employee().person_id)}
    assert other["reminders"] == {"bell", "mail", "push"}


def test_every_topic_has_keys_of_its_own():
    prefixes = [prefix for topic in TOPICS.values() for prefix in topic.prefixes]
    assert len(prefixes) == len(set(prefixes))
