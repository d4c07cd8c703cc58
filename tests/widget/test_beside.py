"""What a visitor said of themselves stands beside the thread, plainly not proved, until it is."""

import pytest
from sqlalchemy import select, text

from app.conversations.models import Channel
from app.engine.events.models import Event
from app.widget.models import Visitor
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_widget
from tests.statements import counted
from tests.widget.test_proofs import mailed_code

PAGE = "https://lamps.example/desk"


@pytest.fixture
def widget(db):
    return make_widget(asks_email="optional", asks_name="optional", tells_page=True)


def begin(one, **more):
    told = {"name": "Nadia", "email": "nadia@example.com", "page": PAGE, "page_title": "Desk lamps"}
    return one.begin(**{"message": "Is it dimmable?", **told, "time_zone": "Asia/Tokyo", **more})


def beside(browser, chat, person=None):
    return browser(person or make_employee()).get(f"/conversations/{chat}")


def test_what_a_visitor_said_stands_beside_the_thread(frame, browser, widget):
    one = frame(widget)
    one.http.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de-AT,de;q=0.9"
    begin(one)
    chat = begin(one, message="Another thing")
    answer = beside(browser, chat)
    page, shown = answer.get_data(as_text=True), text_of(answer)
    assert "<title>Nadia (not verified) · Conversations" in page
    assert "Colleagues" not in shown.split("Customer")[0]
    for words in (
        "nadia@example.com",
        "Email not proved",
        "Desk lamps",
        "German (Austria)",
        "Asia/Tokyo",
        "First seen",
    ):
        assert words in shown, words
    assert "Earlier chats 1" in shown
    assert f'href="{PAGE}"' in page


def test_the_page_they_are_on_now_follows(frame, browser, widget, db):
    one = frame(widget)
    chat = begin(one)
    assert one.post("/page", page="https://lamps.example/checkout", page_title="Pay").status_code == 204
    shown = text_of(beside(browser, chat))
    assert "Wrote from Desk lamps" in shown
    assert "Now on Pay" in shown


@pytest.mark.parametrize("page", ["javascript:alert(1)", "https://evil.example/", "https://lamps.example.evil/", "//["])
def test_only_pages_that_show_the_chat_are_kept(frame, widget, db, page):
    one = frame(widget)
    chat = begin(one, page=page)
    one.post("/page", page=page, page_title="Look here")
    visitor = db.get(Visitor, db.get(Channel, chat).visitor_id)
    assert (visitor.page, visitor.page_title, visitor.page_now, visitor.page_now_title) == ("", "", "", "")


def test_what_browsers_make_up_is_not_kept(frame, widget, db):
    one = frame(widget)
    one.http.environ_base["HTTP_ACCEPT_LANGUAGE"] = "<script>"
    chat = begin(one, time_zone="Mars/Olympus")
    visitor = db.get(Visitor, db.get(Channel, chat).visitor_id)
    assert (visitor.locale, visitor.time_zone) == ("", "")


def test_a_widget_that_does_not_tell_pages_keeps_none(frame, db):
    one = frame(make_widget(tells_page=False))
    chat = begin(one)
    one.post("/page", page=PAGE, page_title="Desk lamps")
    assert db.get(Visitor, db.get(Channel, chat).visitor_id).page_now == ""


def test_proof_is_asked_for_by_mail_and_in_the_chat(frame, browser, work, mailbox, *, widget, db):
    carla = make_customer(first_name="Carla", email="nadia@example.com")
    one, ada = frame(widget), make_employee()
    chat = begin(one)
    assert str(carla.person_id) not in beside(browser, chat, ada).get_data(as_text=True), "nobody is shown for a claim"
    assert 'data-form="proof"' not in one.get(f"/chats/{chat}").get_data(as_text=True)
    version = db.get(Channel, chat).version
    browser(ada).post(f"/conversations/{chat}/proof")
    db.expire_all()
    assert db.get(Channel, chat).version > version, "the open chat looks again"
    assert "The code we sent to nadia@example.com" in text_of(one.get(f"/chats/{chat}"))
    asked = db.scalars(select(Event).where(Event.type == "visitor.asked_for_proof")).one()
    assert asked.actor_id == ada.person_id
    one.post("/codes/proof", code=mailed_code(work, mailbox, "nadia@example.com"))
    assert 'data-form="proof"' not in one.get(f"/chats/{chat}").get_data(as_text=True)
    proved = beside(browser, chat, ada)
    assert f'href="/customers/{carla.person_id}"' in proved.get_data(as_text=True)
    assert "Proved by a code in their mail" in text_of(proved)
    assert browser(ada).post(f"/conversations/{chat}/proof").status_code == 409


def test_without_an_address_there_is_nothing_to_prove(frame, browser, widget):
    chat = begin(frame(widget), email="")
    assert "No email given yet" in text_of(beside(browser, chat))
    assert browser(make_employee()).post(f"/conversations/{chat}/proof").status_code == 409


def test_who_may_not_see_addresses_sees_a_mask(frame, browser, widget, db):
    chat = begin(frame(widget))
    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'pii.read', NULL)"))
    db.commit()
    shown = text_of(beside(browser, chat))
    assert "nadia@example.com" not in shown
    assert "n****@example.com" in shown


def test_it_costs_no_statement_of_its_own(frame, browser, widget, db):
    ada, chat = make_employee(), begin(frame(widget))
    page = browser(ada)
    page.get(f"/conversations/{chat}")
    with counted() as sent:
        page.get(f"/conversations/{chat}")
    assert sum("claimed_email" in statement for statement in sent) == 1
    assert not any(statement.startswith("SELECT visitors") for statement in sent)


def test_the_trail_keeps_what_they_said_apart(frame, widget, db):
    begin(frame(widget))
    open_part = db.scalars(text("SELECT changes::text FROM audit_log WHERE table_name = 'visitors'")).all()
    assert open_part
    assert not any("nadia" in part.lower() or "desk" in part for part in open_part)
