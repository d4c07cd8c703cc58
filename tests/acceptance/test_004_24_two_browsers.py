"""004-24, 004-29: a customer asks for a chat, an employee opens it, and they talk live in two browsers."""

from sqlalchemy import select

from app.conversations.models import Channel
from tests.factories import make_customer, make_employee


def test_a_whole_chat_in_two_browsers(server, db):
    carla, ada = make_customer(first_name="Carla"), make_employee(first_name="Ada", last_name="Byron")
    hers, desk = server.browser(carla), server.browser(ada)
    inbox = desk.listen("/conversations/stream")

    asked = hers.ask("POST", "/portal/chats/new", {"message": "Where is my order?", "key": "k"})
    page = asked[2]["Location"]
    assert asked[0] == 303
    channel_id = db.scalars(select(Channel.channel_id)).one()
    line = hers.listen(f"{page}/stream?after=1&version=1")
    inbox.wait_for("inbox-changed")
    assert "Where is my order?" in desk.ask("GET", "/conversations?tab=waiting")[1]

    assert desk.ask("POST", f"/conversations/{channel_id}/acceptance")[0] == 303
    line.wait_for("conversation-changed")
    assert "Ada Byron" in hers.ask("GET", page)[1]
    thread = desk.listen(f"/conversations/{channel_id}/stream?after=1")

    desk.ask("POST", f"/conversations/{channel_id}/messages", {"content": "It left <today>.", "key": "1"})
    assert "It left &lt;today&gt;." in line.wait_for_text("It left")["html"]
    hers.ask("POST", f"{page}/messages", {"content": "Thank you!", "key": "1"})
    thread.wait_for_text("Thank you!")
    line.wait_for_text("Thank you!")
    assert thread.numbers == line.numbers == [2, 3]

    desk.ask("POST", f"/conversations/{channel_id}/closure")
    line.wait(lambda line: sum(event.get("trigger") == "conversation-changed" for event in line.events) == 2)
    assert hers.ask("POST", f"{page}/rating", {"rating": "5"})[0] == 303
    thread.wait(lambda thread: sum(event.get("trigger") == "conversation-changed" for event in thread.events) >= 2)
    assert "5 of 5 stars" in desk.ask("GET", f"/conversations/{channel_id}")[1]
