"""Live pages over real HTTP: nothing lost, nothing twice, nothing of other people's."""

import time

import pytest
from sqlalchemy import func, select

from app.accounts import sign_ins
from app.accounts.actions import roles, staff
from app.conversations import live, seats
from app.conversations.actions import channels
from app.conversations.models import Chat
from app.core.redis import redis
from app.people.models import Employee
from tests.factories import make_channel, make_customer, make_employee, post


@pytest.fixture
def talk(db):
    """Carla's chat with Ada."""
    carla, ada = make_customer(first_name="Carla"), make_employee(first_name="Ada")
    return carla, ada, make_channel(carla, owner=ada)


def test_a_broken_line_loses_and_repeats_nothing(server, talk):
    carla, ada, channel = talk
    url = f"/portal/chats/{channel.channel_id}/stream"
    first = server.browser(carla).listen(f"{url}?after=1")
    post(channel, ada, "two")
    first.wait_for_text("two")
    first.close()
    for number in range(20):
        post(channel, ada if number % 2 else carla, f"while away {number}")
    again = server.browser(carla).listen(url, **{"Last-Event-ID": "2"})
    post(channel, ada, "the last")
    again.wait_for_text("the last")
    assert again.numbers == list(range(3, 24))


def test_messages_posted_while_a_page_opens_come_once(server, talk):
    carla, ada, channel = talk
    lines = []
    for number in range(5):
        post(channel, ada, f"before {number}")
        lines.append(server.browser(carla).listen(f"/portal/chats/{channel.channel_id}/stream?after=1"))
        post(channel, ada, f"after {number}")
    for line in lines:
        line.wait(lambda line: len(line.numbers) >= 10)
        assert line.numbers == list(range(2, 12))


@pytest.mark.parametrize("path", ["stream", "messages?after=0", "stream?after=0"])
def test_other_people_s_chats_are_not_there(server, talk, path):
    _carla, _ada, channel = talk
    stranger, elsewhere = make_customer(), make_employee(department="Warehouse")
    for person, base in ((stranger, "/portal/chats"), (elsewhere, "/conversations")):
        status, body, _ = server.browser(person).ask("GET", f"{base}/{channel.channel_id}/{path}")
        assert status == 404
        assert "Hello" not in body
    status, body, _ = server.browser().ask(
        "GET", f"/portal/chats/{channel.channel_id}/{path}", Accept="text/event-stream"
    )
    assert (status, "Hello" in body) == (401, False)


def test_an_internal_channel_is_only_its_participants(server, db):
    ada, ben, boss = make_employee(), make_employee(), make_employee("admin")
    channel = channels.open_channel([ben], actor=sign_ins.actor_for(ada.person_id), message="Between us")
    db.commit()
    assert server.browser(ben).ask("GET", f"/conversations/{channel.channel_id}")[0] == 200
    assert server.browser(boss).ask("GET", f"/conversations/{channel.channel_id}")[0] == 404
    assert server.browser(boss).listen(f"/conversations/{channel.channel_id}/stream").status == 404


def test_a_customer_never_gets_what_is_for_employees(server, talk, db):
    carla, ada, channel = talk
    hers = server.browser(carla)
    line = hers.listen(f"/portal/chats/{channel.channel_id}/stream?after=1")
    url = f"/conversations/{channel.channel_id}/call"
    told = server.browser(ada).ask(
        "POST", url, {"direction": "out", "minutes": "3", "outcome": "Reached", "notes": "She was cross"}
    )
    assert told[0] == 303
    lists = hers.ask("GET", "/portal")[1] + hers.ask("GET", "/portal/chats")[1]
    assert "She was cross" not in lists
    post(channel, ada, "All is well")
    line.wait_for_text("All is well")
    page = hers.ask("GET", f"/portal/chats/{channel.channel_id}")[1]
    polled = hers.ask("GET", f"/portal/chats/{channel.channel_id}/messages?after=1")[1]
    assert not any("She was cross" in text for text in (str(line.events), page, polled))
    assert "She was cross" in server.browser(ada).ask("GET", f"/conversations/{channel.channel_id}")[1]


def test_a_stream_ends_when_the_sign_in_does(server, talk, db):
    carla, _ada, channel = talk
    line = server.browser(carla).listen(f"/portal/chats/{channel.channel_id}/stream")
    line.wait_for_text("Hello")
    sign_ins.end_all(carla.person_id)
    db.commit()
    assert line.wait(lambda line: line.is_over, 5)
    assert line.events[-1]["event"] == "gone"


def test_a_stream_ends_when_the_conversation_is_no_longer_theirs(server, db):
    ada, ben = make_employee(department="A"), make_employee(department="B")
    channel = make_channel(owner=ada)
    line = server.browser(ada).listen(f"/conversations/{channel.channel_id}/stream")
    line.wait_for_text("Hello")
    channels.hand_over(channel, ben, actor=sign_ins.actor_for(ada.person_id))
    db.commit()
    assert line.wait(lambda line: line.is_over, 5)


def test_streams_end_when_the_right_is_taken_away(server, talk, db):
    _carla, ada, channel = talk
    hers = server.browser(ada)
    lines = [hers.listen(f"/conversations{path}/stream") for path in ("", f"/{channel.channel_id}")]
    lines[1].wait_for_text("Hello")
    grants = roles.present_grants()
    taken = {("agent", "conversations.read"): None, ("agent", "conversations.answer"): None}
    roles.change_grants(taken, seen=roles.fingerprint(grants))
    db.commit()
    for line in lines:
        assert line.wait(lambda line: line.is_over, 5)
        assert line.events[-1]["event"] == "gone"


def test_a_stream_ends_when_its_reader_works_here_no_more(server, talk, db):
    _carla, ada, channel = talk
    line = server.browser(ada).listen(f"/conversations/{channel.channel_id}/stream")
    line.wait_for_text("Hello")
    staff.deactivate(db.get(Employee, ada.person_id), actor=sign_ins.actor_for(make_employee("admin").person_id))
    db.commit()
    assert line.wait(lambda line: line.is_over, 5)


def test_an_office_shares_an_address(server, talk, monkeypatch):
    carla, _ada, channel = talk
    monkeypatch.setattr(seats, "PER_ADDRESS", 2)
    for _colleague in range(4):
        assert server.browser(make_employee()).listen("/conversations/stream").status == 200
    url = f"/portal/chats/{channel.channel_id}/stream"
    assert [server.browser(carla).listen(url).status for _page in range(3)] == [200, 200, 429]


def test_seats_are_limited(server, talk, monkeypatch):
    carla, _ada, channel = talk
    monkeypatch.setattr(seats, "PER_PERSON", 3)
    hers = server.browser(carla)
    url = f"/portal/chats/{channel.channel_id}/stream"
    assert [hers.listen(url).status for _ in range(3)] == [200, 200, 200]
    refused = hers.listen(url)
    assert refused.status == 429
    assert int(refused.answer.headers["Retry-After"]) > 0


def test_without_redis_messages_are_stored_asked_for_and_even_live(server, talk, services, db):
    carla, ada, channel = talk
    hers, line = server.browser(carla), None
    redis.init("redis://127.0.0.1:1")
    try:
        line = hers.listen(f"/portal/chats/{channel.channel_id}/stream?after=1")
        sent = server.browser(ada).ask(
            "POST", f"/conversations/{channel.channel_id}/messages", {"content": "Still here"}
        )
        assert sent[0] == 303
        assert "Still here" in hers.ask("GET", f"/portal/chats/{channel.channel_id}/messages?after=1")[1]
        line.wait_for_text("Still here", 10)
    finally:
        redis.init(services["REDIS_URL"])
    assert db.scalar(select(func.count()).select_from(Chat)) == 2


def test_a_list_hears_of_the_queue_and_of_own_conversations(server, talk):
    carla, ada, channel = talk
    line = server.browser(ada).listen("/conversations/stream")
    other = server.browser(make_employee()).listen("/conversations/stream")
    line.wait(lambda _: live.hub.bell is not None)
    time.sleep(0.2)
    post(channel, carla, "Hello?")
    line.wait_for("inbox-changed")
    assert other.events == []
    make_channel()
    other.wait_for("inbox-changed")


def test_a_busy_list_loads_now_and_then_and_after_the_last_change(server, talk):
    carla, ada, channel = talk
    line = server.browser(ada).listen("/conversations/stream")
    line.wait(lambda _: live.hub.bell is not None)
    time.sleep(0.2)
    for number in range(10):
        post(channel, carla, f"Hello? {number}")
        time.sleep(0.05)
    last = time.monotonic()
    line.wait(lambda line: line.events and line.events[-1]["at"] > last, live.LIST_SECONDS + 2 * live.LISTEN_SECONDS)
    assert 2 <= len([event for event in line.events if event["trigger"] == "inbox-changed"]) <= 3


def test_the_other_side_s_reading_shows(server, talk):
    carla, ada, channel = talk
    post(channel, ada, "Did you see this?")
    line = server.browser(ada).listen(f"/conversations/{channel.channel_id}/stream?after=2")
    time.sleep(0.3)
    server.browser(carla).ask("POST", f"/portal/chats/{channel.channel_id}/reading", {"seq": "2"})
    line.wait(lambda line: any(e.get("seen") == 2 for e in line.events), 6)


def test_a_stream_holds_no_database_connection(server, talk):
    from app.core.db import db as database

    carla, _ada, channel = talk
    lines = [server.browser(carla).listen(f"/portal/chats/{channel.channel_id}/stream") for _ in range(15)]
    for line in lines:
        line.wait_for_text("Hello")
    database.session.remove()
    time.sleep(0.5)
    assert database.engine.pool.checkedout() <= 1
