"""003-12: what reaches whom is for each to choose: customers by channel and purpose, employees for their own phone."""

from datetime import timedelta

from sqlalchemy import select

from app.core.clock import now
from app.engine.notices.models import OutgoingMail
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
