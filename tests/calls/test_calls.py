"""Calls: signed, told twice and out of order, written down once; and calls we make."""

from dataclasses import replace
from itertools import permutations

import pytest
from sqlalchemy import select

from app.calls.actions import calling
from app.calls.models import Call
from app.conversations.models import PhoneCall
from app.core import jobs
from app.core.access import SYSTEM
from app.engine.notices.models import Notice
from tests.factories import make_customer, make_employee
from tests.fakes.twilio import FakeTwilio, signature

TOKEN = "secret token"
HERE = "/hooks/phone/twilio"


@pytest.fixture
def account(db):
    said = calling.AccountDetails("AC0123", "+442079460000", "+442079460001", TOKEN)
    made = calling.save_account("twilio", said, actor=SYSTEM)
    db.commit()
    return made


def told(state="ringing", **fields):
    return {
        "CallSid": "CA1", "CallStatus": state, "Direction": "inbound", "From": "+442079461234",
        "To": "+442079460000", **fields,
    }  # fmt: skip


def post(browser, fields, path=HERE, token=TOKEN, url=None):
    signed = signature(token, url or f"http://crm.test{path}", fields)
    return browser.http.post(path, data=fields, headers={"X-Twilio-Signature": signed})


def test_a_known_number_rings_with_its_name_and_is_connected(browser, db, account):
    ada = make_customer(first_name="Ada", last_name="Lovelace", phone="+442079461234")
    agent = make_employee()
    answer = post(browser(), told())
    assert "<Number>+442079460001</Number>" in answer.text
    call = db.scalars(select(Call)).one()
    assert (call.customer_id, call.is_incoming, call.state) == (ada.person_id, True, "ringing")
    notice = db.scalars(select(Notice).where(Notice.person_id == agent.person_id)).one()
    assert (notice.title, notice.url) == ("Ada Lovelace calls", f"/calls/{call.call_id}")
    page = browser(agent).get(f"/calls/{call.call_id}")
    assert page.headers["Location"].endswith(f"/customers/{ada.person_id}")


def test_an_unknown_number_offers_a_new_customer(browser, db, account):
    post(browser(), told())
    call = db.scalars(select(Call)).one()
    assert call.customer_id is None
    page = browser(make_employee()).get(f"/calls/{call.call_id}")
    assert "/customers/new?phone=%2B442079461234" in page.text


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_in_whatever_order_and_twice_it_is_written_down_once(browser, db, account, order):
    make_customer(phone="+442079461234")
    said = (told(), told("in-progress"), told("completed", CallDuration="61"))
    here = browser()
    for place in order:
        for _again in range(2):
            assert post(here, said[place], f"{HERE}/status").status_code == 204
    written = db.scalars(select(PhoneCall)).one()
    assert (written.duration_seconds, written.outcome) == (61, "Reached")
    assert db.scalars(select(Call.state)).one() == "completed"


@pytest.mark.parametrize(("state", "outcome"), [("busy", "Busy"), ("no-answer", "No answer"), ("failed", "Failed")])
def test_how_it_ended_is_said_in_words(browser, db, account, state, outcome):
    make_customer(phone="+442079461234")
    post(browser(), told(), f"{HERE}/status")
    post(browser(), told(state), f"{HERE}/status")
    assert db.scalars(select(PhoneCall.outcome)).one() == outcome


def test_only_the_provider_is_heard(browser, db, account):
    here, fields = browser(), told()
    assert post(here, fields, token="another").status_code == 403
    assert post(here, fields, url="http://crm.test/hooks/phone/twilio/").status_code == 403
    assert post(here, fields, url="https://crm.test/hooks/phone/twilio").status_code == 403
    signed = signature(TOKEN, f"http://crm.test{HERE}", fields)
    changed = here.http.post(HERE, data={**fields, "From": "+1"}, headers={"X-Twilio-Signature": signed})
    assert changed.status_code == 403
    assert here.http.post(HERE, data=fields).status_code == 403
    assert db.scalars(select(Call)).all() == []


def test_nobody_is_heard_without_an_account(browser):
    assert post(browser(), told()).status_code == 403
    assert post(browser(), told(), "/hooks/phone/other").status_code == 404


@pytest.fixture
def twilio(application):
    with_fake = FakeTwilio()
    config = application.extensions["rapport"]
    application.extensions["rapport"] = replace(config, twilio_url=with_fake.url)
    yield with_fake
    application.extensions["rapport"] = config
    with_fake.stop()


def test_click_to_call_rings_the_employee_and_then_the_customer(browser, db, work, account, twilio):
    ada = make_customer(phone="+442079461234")
    agent = make_employee(phone="+442079460099")
    page = browser(agent)
    here = f"/customers/{ada.person_id}"
    assert f'<form method="post" action="{here}/phone-calls">' in page.get(here).text
    page.post(f"{here}/phone-calls")
    work()
    ((sid, fields),) = twilio.calls.items()
    assert (fields["To"], fields["From"]) == (["+442079460099"], ["+442079460000"])
    call = db.scalars(select(Call)).one()
    path = f"{HERE}/{call.call_id}"
    connected = post(browser(), told("in-progress", CallSid=sid, Direction="outbound-api"), f"{path}/answer")
    assert '<Dial callerId="+442079460000" timeout="30"><Number>+442079461234</Number></Dial>' in connected.text
    post(browser(), told("completed", CallSid=sid, CallDuration="30", Direction="outbound-api"), f"{path}/status")
    written = db.scalars(select(PhoneCall)).one()
    assert (written.sender_id, written.receiver_id) == (agent.person_id, ada.person_id)
    assert written.duration_seconds == 30


def test_calling_is_offered_as_soon_as_somebody_carries_calls_and_no_longer(browser, db):
    path = f"/customers/{make_customer(phone='+442079461234').person_id}"
    page, admin = browser(make_employee()), browser(make_employee("admin"))
    assert "Call through the provider" not in page.get(path).text
    details = {"account_sid": "AC0123", "token": TOKEN, "number": "+442079460000"}
    admin.post("/settings/phone", details | {"is_enabled": "y"})
    assert "Call through the provider" in page.get(path).text
    admin.post("/settings/phone", details)
    assert "Call through the provider" not in page.get(path).text


def test_a_status_that_is_quicker_than_the_answer_is_understood(browser, db, account):
    ada, agent = make_customer(phone="+442079461234"), make_employee(phone="+442079460099")
    browser(agent).post(f"/customers/{ada.person_id}/phone-calls")
    call = db.scalars(select(Call)).one()
    path = f"{HERE}/{call.call_id}/status"
    assert post(browser(), told("ringing", CallSid="CA9", Direction="outbound-api"), path).status_code == 204
    assert post(browser(), told("ringing", CallSid="CA8", Direction="outbound-api"), path).status_code == 422
    db.rollback()
    assert db.scalars(select(Call.sid)).all() == ["CA9"]


def test_what_the_provider_will_not_do_is_said_and_what_it_cannot_now_is_tried_again(
    browser, db, work, account, twilio
):
    ada, agent = make_customer(phone="+442079461234"), make_employee(phone="+442079460099")
    twilio.errors = [(400, 21211, "Invalid 'To' Phone Number")]
    browser(agent).post(f"/customers/{ada.person_id}/phone-calls")
    work()
    call = db.scalars(select(Call)).one()
    assert (call.state, call.failure) == ("failed", "21211 Invalid 'To' Phone Number")
    twilio.errors = [(429, 20429, "Too Many Requests")]
    browser(agent).post(f"/customers/{ada.person_id}/phone-calls")
    work()
    assert db.scalars(select(jobs.Job.state).where(jobs.Job.name == calling.DIAL, jobs.Job.state == "queued")).all()


def test_settings_are_for_admins_and_never_show_the_token(browser, db, account):
    assert browser(make_employee()).get("/settings/phone").status_code == 403
    page = browser(make_employee("admin")).get("/settings/phone")
    assert TOKEN not in page.text
    assert "+442079460001" in page.text
