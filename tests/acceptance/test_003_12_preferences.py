"""003-12: what reaches whom is for each to choose.

Customers by channel and purpose; employees by kind of notice and way, and for their own phone.
"""

from datetime import timedelta

from sqlalchemy import select

from app.core.clock import now
from app.engine.notices.models import OutgoingMail
from app.engine.push import vapid
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.mailboxes.cast import make_mailbox

OFFER = {"subject": "Spring sale", "content": "Everything for less.", "purpose": "marketing"}


def test_a_customer_s_choice_holds_for_whoever_writes_or_calls(db, browser):
    make_mailbox()
    ada = make_customer(email_verified_at=now() - timedelta(days=1), phone="+442079461234")
    theirs, ours = browser(ada), browser(make_employee())
    write = f"/customers/{ada.person_id}/email"
    assert ours.post(write, {**OFFER, "key": "k1"}).status_code == 422
    theirs.post("/portal/consent", {"purpose": "marketing", "version": "1", "channel": ["email"]})
    assert "News and offers by email are welcome" in text_of(ours.get(write))
    assert ours.post(write, {**OFFER, "key": "k2"}).status_code == 303
    theirs.post("/portal/consent/withdrawal")
    assert "they want no news and offers by email, since" in text_of(ours.get(write))
    assert ours.post(write, {**OFFER, "key": "k3"}).status_code == 422
    assert ours.post(write, {**OFFER, "key": "k4", "purpose": "service"}).status_code == 303
    assert len(db.scalars(select(OutgoingMail.mail_id).where(OutgoingMail.subject == "Spring sale")).all()) == 2


def test_an_employee_chooses_what_their_own_pages_do_when_it_rings(browser):
    page = browser(make_employee())
    assert "data-opens-calls" not in page.get("/customers").text
    page.post("/settings/my-phone", {"number": "+442079460005", "opens_customer": "y"})
    assert "data-opens-calls" in page.get("/customers").text
    assert "data-opens-calls" not in browser(make_employee()).get("/customers").text


def test_an_employee_is_told_of_each_kind_where_they_want_it(db, browser, push_service, work, mailbox):
    asker, ravi = make_employee("manager"), make_employee()
    his = browser(ravi)
    device = push_service.ask("subscribe", key=vapid.get_key().public)
    his.post("/settings/devices", device)
    his.post("/settings/notices", {"tasks": ["push"], "mentions": ["mail"]})

    def give(title):
        form = {
            "title": title,
            "kind": "todo",
            "priority": "normal",
            "remind_minutes": "",
            "repeat": "",
            "assignee_id": str(ravi.person_id),
        }
        assert browser(asker).post("/tasks", form).status_code == 303
        work()

    give("Call the baker")
    (shown,) = push_service.shown(device["endpoint"])
    assert shown["said"]["title"].endswith("Call the baker")
    assert shown["said"]["url"].startswith("/tasks/")
    assert "data-count" not in his.get("/help").text
    his.post("/settings/notices", {"tasks": ["bell", "mail"]})
    give("Call the miller")
    assert len(push_service.shown(device["endpoint"])) == 1
    assert 'data-count="1"' in his.get("/help").text
    assert [mail["Subject"].partition(": ")[2] for mail in mailbox.messages] == ["Call the miller"]
