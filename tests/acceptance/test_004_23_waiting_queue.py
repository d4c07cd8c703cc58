"""004-23: requests wait in a queue ordered by priority, then by waiting time; the customer sees the place, live."""

from app.accounts import sign_ins
from app.conversations.actions import channels
from app.conversations.queries import waiting
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee


def test_by_priority_then_by_waiting_time(browser, db):
    first, second = make_channel(make_customer(first_name="First")), make_channel(make_customer(first_name="Second"))
    urgent = make_channel(make_customer(first_name="Urgent"), priority=5)
    assert [waiting.place_in_queue(channel) for channel in (urgent, first, second)] == [1, 2, 3]
    assert waiting.queue_places() == {urgent.channel_id: 1, first.channel_id: 2, second.channel_id: 3}
    page = text_of(browser(make_employee()).get("/conversations?tab=waiting"))
    assert page.index("Urgent") < page.index("First") < page.index("Second")


def test_the_customer_sees_the_place_move(server, browser, db):
    ahead, carla = make_channel(), make_customer()
    mine = make_channel(carla)
    url = f"/portal/chats/{mine.channel_id}"
    assert "number 2 in the queue" in text_of(browser(carla).get(url))
    line = server.browser(carla).listen(f"{url}/stream?after=1")
    line.wait_for_text("number 2")
    channels.accept_channel(ahead, actor=sign_ins.actor_for(make_employee().person_id))
    db.commit()
    line.wait_for_text("next")
    assert "You are next" in text_of(browser(carla).get(url))
