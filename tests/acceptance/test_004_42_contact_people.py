"""004-42: from the customer's page an employee writes an email or notes a call; who cannot be written to is not."""

from sqlalchemy import func, select

from app.conversations.models import Email, PhoneCall
from app.core.clock import now
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee


def test_an_email_leaves_once(browser, db, work, mailbox):
    carla, ada = make_customer(), make_employee()
    page, url = browser(ada), f"/customers/{carla.person_id}/email"
    assert carla.email in text_of(page.get(url))
    form = {"subject": "Your order", "content": "It left today.\n\nBest wishes", "key": "once"}
    assert [page.post(url, form).status_code for _ in range(2)] == [303, 303]
    work()
    (message,) = mailbox.to(carla.email)
    assert message["Subject"] == "Your order"
    assert "It left today." in message.get_body(("plain",)).get_content()
    assert db.scalar(select(func.count()).select_from(Email)) == 1


def test_nobody_without_an_address_is_written_to(browser, db, work, mailbox):
    ada = make_employee()
    form = {"subject": "Hello", "content": "Hello", "key": "k"}
    for missing in ({"email": None}, {"deactivated_at": now()}):
        carla = make_customer(**missing)
        assert browser(ada).post(f"/customers/{carla.person_id}/email", form).status_code == 409
    work()
    assert mailbox.messages == []


def test_a_call_is_written_down(browser, db):
    carla, ada = make_customer(), make_employee()
    form = {"direction": "in", "minutes": "12", "outcome": "Reached", "notes": "Asked for the price list"}
    assert browser(ada).post(f"/customers/{carla.person_id}/call", form).status_code == 303
    call = db.scalars(select(PhoneCall)).one()
    assert (call.duration_seconds, call.sender_id, call.receiver_id) == (720, carla.person_id, ada.person_id)
    assert browser(ada).post(f"/customers/{carla.person_id}/call", form | {"minutes": "-1"}).status_code == 422
    assert browser(carla).post(f"/customers/{carla.person_id}/call", form).status_code == 403
