"""The inbox: who waits longest stands first, each tab shows its own, and a snoozed conversation is out of the way."""

from datetime import timedelta

from app.conversations.models import Channel
from app.core.clock import now
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, post


def waits(channel: Channel, minutes: int, db) -> Channel:
    channel.unanswered_since = now() - timedelta(minutes=minutes)
    db.commit()
    return channel


def names_on(page: str) -> list[str]:
    return [part.split("<")[0] for part in page.split('class="waiting-name"')[1:] for part in [part.split(">", 1)[1]]]


def test_who_waits_longest_stands_first_and_then_the_latest(browser, db):
    ada = make_employee()
    talks = {name: make_channel(make_customer(first_name=name), owner=ada) for name in ("Old", "New", "Done", "Fresh")}
    waits(talks["Old"], 90, db)
    waits(talks["New"], 2, db)
    for name in ("Done", "Fresh"):
        post(talks[name], ada, "answered")
    page = browser(ada).get("/conversations?tab=mine").get_data(as_text=True)
    assert [name.split()[0] for name in names_on(page)] == ["Old", "New", "Fresh", "Done"]
    assert text_of(browser(ada).get("/conversations?tab=closed")).count("Old") == 0


def test_tabs_count_what_asks_for_something(browser, db):
    ada, ben = make_employee(), make_employee()
    make_channel(owner=ada)
    make_channel(owner=ada)
    make_channel(owner=ben)
    make_channel()
    tabs = text_of(browser(ada).get("/conversations?tab=mine")).split("Rooms")[0]
    assert "Mine 2" in tabs
    assert "Unassigned 1" in tabs
