"""The pages of conversations, for employees and customers."""

from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, post
from tests.statements import counted


def test_the_inbox_teaches_when_it_is_empty(browser):
    ada = browser(make_employee())
    for tab in ("waiting", "mine", "all", "closed", "team"):
        assert ada.get(f"/conversations?tab={tab}").status_code == 200
    assert "Nobody waits" in text_of(ada.get("/conversations"))


def test_an_employee_accepts_and_answers_without_script(browser, db):
    carla, ada = make_customer(first_name="Carla"), make_employee()
    channel = make_channel(carla, message="Where is my order?")
    page = browser(ada)
    url = f"/conversations/{channel.channel_id}"
    assert "Where is my order?" in text_of(page.get(url))
    assert "Accept" in text_of(page.get(url))
    assert "Write a message" in page.follow(page.post(f"{url}/acceptance")).get_data(as_text=True)
    page.follow(page.post(f"{url}/messages", {"content": "On its way", "key": "1"}))
    assert "On its way" in text_of(browser(carla).get(f"/portal/chats/{channel.channel_id}"))


def test_what_we_say_stands_on_our_side_whoever_of_us_said_it(browser, db):
    carla, ada, marta = make_customer(), make_employee(first_name="Ada"), make_employee("manager")
    channel = make_channel(carla, owner=ada, message="Where is it?")
    post(channel, ada, "On its way")
    assert not is_ours(browser(marta).get(f"/conversations/{channel.channel_id}"), "Where is it?")
    assert is_ours(browser(marta).get(f"/conversations/{channel.channel_id}"), "On its way")
    assert is_ours(browser(carla).get(f"/portal/chats/{channel.channel_id}"), "Where is it?")
    assert not is_ours(browser(carla).get(f"/portal/chats/{channel.channel_id}"), "On its way")
    asked = {"people": str(marta.person_id), "message": "Lunch?", "key": "k"}
    room = browser(ada).post("/conversations/new", asked).location
    assert not is_ours(browser(marta).get(room), "Lunch?")


def is_ours(page, words):
    """On which side of the thread the words stand."""
    thread = page.get_data(as_text=True).partition('id="thread"')[2]
    return "bubble-mine" in thread.partition(f"{words}<")[0].rpartition(' id="message-')[0].rpartition("<div ")[2]


def test_every_page_of_a_conversation_opens(browser, db):
    carla, ada, ben = make_customer(), make_employee(), make_employee()
    channel = make_channel(carla, owner=ada)
    post(channel, ada, "Hello Carla")
    page, url = browser(ada), f"/conversations/{channel.channel_id}"
    for path in (url, f"{url}/call", f"{url}/email", f"/customers/{carla.person_id}/call", "/conversations/new"):
        assert page.get(path).status_code == 200, path
    assert page.get(url, fragment=True).status_code == 200
    assert page.get(f"{url}?part=list&tab=mine", fragment=True).status_code == 200
    sent = page.post("/conversations/new", {"people": str(ben.person_id), "message": "Lunch?", "key": "k"})
    assert "Lunch?" in text_of(page.follow(sent))
    mine = browser(carla)
    for path in ("/portal", "/portal/chats", "/portal/chats/new", f"/portal/chats/{channel.channel_id}"):
        assert mine.get(path).status_code == 200, path


def test_a_message_asks_the_database_little(browser, db):
    carla, ada = make_customer(), make_employee()
    channel = make_channel(carla, owner=ada)
    post(channel, ada, "Hello Carla")
    pages = f"/portal/chats/{channel.channel_id}", f"/conversations/{channel.channel_id}"
    for writer, page in zip((browser(carla), browser(ada)), pages, strict=True):
        writer.get(page)
        for number in range(2):
            with counted() as statements:
                writer.post(f"{page}/messages", {"content": "And?", "key": f"{page}{number}"}, fragment=True)
            assert len(statements) <= (2, 1)[number], statements  # the first turns the clocks
