"""Many conversations at once: each goes the way one of them goes, and what cannot is named."""

from sqlalchemy import select

from app.conversations.models import Channel
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee


def ids_of(*channels):
    return [str(channel.channel_id) for channel in channels]


def test_assigning_takes_from_the_queue_and_from_others(browser, db):
    ada, ben = make_employee(), make_employee(first_name="Ben", last_name="Short")
    waiting, open_, closed = make_channel(), make_channel(owner=ada), make_channel(owner=ada, closed=True)
    answer = browser(ada).post(
        "/bulk",
        {
            "list": "/conversations",
            "query": "tab=all",
            "do": "assign",
            "id": ids_of(waiting, open_, closed),
            "expected": "3",
            "employee_id": str(ben.person_id),
        },
    )
    assert answer.location.startswith("/bulk/")
    db.expire_all()
    assert (waiting.owner_id, open_.owner_id, closed.owner_id) == (ben.person_id, ben.person_id, ada.person_id)
    assert waiting.is_open
    assert "1" in text_of(browser(ada).get(answer.location))


def test_all_that_match_are_snoozed_and_undone(browser, db):
    ada = make_employee()
    mine = [make_channel(make_customer(), owner=ada, topic="Returns") for _number in range(3)]
    make_channel(owner=ada, topic="Other")
    page = browser(ada)
    assert "all 3 that match" in text_of(page.get("/conversations?tab=mine&q=Returns"))
    asked = {"list": "/conversations", "query": "tab=mine&q=Returns", "everything": "3", "do": "snooze"}
    assert (
        page.get(f"/bulk/new?list=/conversations&query=tab%3Dmine&do=snooze&id={mine[0].channel_id}").status_code == 200
    )
    answer = page.post("/bulk", {**asked, "expected": "3", "until": ""})
    db.expire_all()
    assert [channel.is_snoozed for channel in mine] == [True] * 3
    page.post(undo_of(page.follow(answer)))
    db.expire_all()
    assert [channel.is_snoozed for channel in mine] == [False] * 3
    assert all(one.snoozed_at is None for one in db.scalars(select(Channel)))


def undo_of(page) -> str:
    text = page.get_data(as_text=True)
    return text[text.index("/changes/") :].split('"')[0].split("&")[0]


def test_resolving_leaves_what_is_closed_and_what_others_may_not_see(browser, db):
    ada = make_employee(department="Service")
    mine, closed = make_channel(owner=ada), make_channel(owner=ada, closed=True)
    hidden = make_channel(owner=make_employee(department="Warehouse"))
    asked = {"list": "/conversations", "query": "", "do": "resolve", "expected": "3"}
    browser(ada).post("/bulk", {**asked, "id": ids_of(mine, closed, hidden)})
    db.expire_all()
    assert mine.is_closed
    assert hidden.is_open
