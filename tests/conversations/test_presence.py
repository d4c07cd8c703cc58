"""Who looks and who types is told at once, to those it is for, and forgotten by itself."""

import pytest

from app.accounts import sign_ins
from app.conversations import presence
from app.core.redis import redis
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee


@pytest.fixture
def talk(db):
    """Carla's chat with Ada, and Ben beside them."""
    carla, ada = make_customer(first_name="Carla"), make_employee(first_name="Ada", last_name="Lovelace")
    return carla, ada, make_employee("manager", first_name="Ben", last_name="Short"), make_channel(carla, owner=ada)


def signs_of(line):
    return [(event["name"], event["doing"]) for event in line.events if event.get("trigger") == "presence"]


def test_the_customer_sees_an_answer_being_typed_and_nothing_of_notes(server, talk):
    carla, ada, ben, channel = talk
    hers = server.browser(carla).listen(f"/portal/chats/{channel.channel_id}/stream?after=1")
    his = server.browser(ben).listen(f"/conversations/{channel.channel_id}/stream?after=1")
    for doing in ("looking", "noting", "typing"):
        status, _body, _ = server.browser(ada).ask(
            "POST", f"/conversations/{channel.channel_id}/presence", {"doing": doing}
        )
        assert status == 204
    hers.wait(signs_of)
    his.wait(lambda line: len(signs_of(line)) == 3)
    assert signs_of(hers) == [("Ada", "typing")]
    assert signs_of(his) == [("Ada Lovelace", "looking"), ("Ada Lovelace", "noting"), ("Ada Lovelace", "typing")]


def test_employees_see_the_customer_type(server, talk):
    carla, ada, _ben, channel = talk
    line = server.browser(ada).listen(f"/conversations/{channel.channel_id}/stream?after=1")
    server.browser(carla).ask("POST", f"/portal/chats/{channel.channel_id}/presence", {"doing": "typing"})
    line.wait(signs_of)
    assert signs_of(line)[0][1] == "typing"


def test_whoever_comes_sees_who_is_there(browser, talk):
    _carla, ada, ben, channel = talk
    url = f"/conversations/{channel.channel_id}"
    browser(ben).post(f"{url}/presence", {"doing": "looking"})
    assert "Ben Short looks at this too" in text_of(browser(ada).get(url))
    browser(ben).post(f"{url}/presence", {"doing": "gone"})
    assert "looks at this too" not in text_of(browser(ada).get(url))
    assert redis.client.ttl(f"looking:{channel.channel_id}") <= presence.LOOKS_SECONDS


def test_strangers_show_and_see_nothing(browser, talk):
    _carla, _ada, _ben, channel = talk
    elsewhere, stranger = make_employee(department="Warehouse"), make_customer()
    assert (
        browser(elsewhere).post(f"/conversations/{channel.channel_id}/presence", {"doing": "typing"}).status_code == 404
    )
    assert (
        browser(stranger).post(f"/portal/chats/{channel.channel_id}/presence", {"doing": "typing"}).status_code == 404
    )
    nobody = sign_ins.actor_for(elsewhere.person_id)
    presence.show(channel.channel_id, nobody, "dancing")
    assert presence.list_lookers(channel.channel_id, nobody) == []
