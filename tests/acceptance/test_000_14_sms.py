"""000-14, 001-07: each person gets one text message, reports say what became of it, and STOP is heard."""

import pytest
from sqlalchemy import select

from app.core.access import SYSTEM
from app.people.consent import actions as consent
from app.people.consent import queries as consents
from app.reach.channels.models import Suppression
from app.reach.models import Step
from tests.factories import make_customer
from tests.reach.cast import kinds, launch, make_task, reasons, write

WORDS = {"sms": {"en": {"body": "Hello {customer.first_name}, your lamp is here."}}}


@pytest.fixture
def tell(browser):
    """The vendor posts to us."""

    def post(signed):
        url, fields, headers = signed
        return browser().post(url.removeprefix("http://crm.test"), fields, headers=headers).status_code

    return post


def send(work, **what_matters):
    launch(make_task(write(WORDS, **what_matters), "sms"))
    work()


def test_each_gets_one_and_the_report_says_it_arrived(twilio, db, work, tell):
    ada = make_customer(first_name="Ada", phone="+447700900123")
    make_customer(first_name="Nobody")
    send(work)
    ((sid, went),) = twilio.messages.items()
    assert (went["To"], went["Body"]) == ("+447700900123", "Hello Ada, your lamp is here.")
    assert kinds() == {"intended": 1, "sent": 1}
    assert reasons() == {None: 1, "no_address": 1}
    for state in ("sent", "delivered", "sent", "delivered"):  # out of order, and more than once
        assert tell(twilio.report(sid, state)) == 204
    assert kinds() == {"intended": 1, "sent": 1, "delivered": 1}
    delivered = db.scalars(select(Step).where(Step.kind == "delivered")).one()
    assert (delivered.person_id, delivered.provider_ref) == (ada.person_id, sid)


def test_a_report_before_the_answer_settles_what_was_uncertain(twilio, db, work, tell):
    make_customer(phone="+447700900123")
    twilio.moods.append("drop")  # no answer comes
    send(work)
    assert kinds() == {"intended": 1, "unknown": 1}
    step = db.scalars(select(Step).where(Step.kind == "unknown")).one()
    reference = f"r{step.run_id}-{step.person_id.hex}-sms"
    fields = {"AccountSid": "AC0123", "MessageSid": "SM1", "MessageStatus": "delivered"}
    assert tell(twilio.signed(f"http://crm.test/hooks/twilio-sms/{reference}", fields)) == 204
    assert kinds()["delivered"] == 1


def test_a_forged_report_changes_nothing(twilio, db, work, tell):
    make_customer(phone="+447700900123")
    send(work)
    (sid,) = twilio.messages
    url, fields, headers = twilio.report(sid, "delivered")
    assert tell((url, {**fields, "MessageStatus": "failed"}, headers)) == 403
    assert tell((url + "x", fields, headers)) == 403
    assert tell((url, fields, {})) == 403
    assert tell((url, {**fields, "AccountSid": "AC9"}, headers)) == 403
    assert tell(twilio.signed("http://crm.test/hooks/twilio-sms/r1-nobody-sms", fields)) == 204
    assert "delivered" not in kinds()


def test_numbers_that_never_work_are_written_to_no_more(twilio, db, work, tell):
    make_customer(phone="+15005550001")
    make_customer(phone="+447700900123")
    send(work)
    assert kinds() == {"intended": 2, "sent": 1, "failed": 1}
    (sid,) = twilio.messages
    tell(twilio.report(sid, "undelivered", "30005"))
    assert kinds()["failed"] == 2
    assert len(db.scalars(select(Suppression)).all()) == 2
    send(work)
    assert reasons() == {None: 2, "suppressed": 2}


def test_stop_ends_offers_at_once(twilio, db, work, tell):
    ada = make_customer(first_name="Ada", phone="+447700900123")
    consent.grant(ada, "sms", "marketing", actor=SYSTEM, source="portal")
    db.commit()
    assert tell(twilio.answer("http://crm.test/hooks/twilio-sms", "+447700900123", "Thank you")) == 200
    assert consents.find_standing(ada.person_id, "sms", "marketing").state == "granted"
    assert tell(twilio.answer("http://crm.test/hooks/twilio-sms", "+447700900123", " stop ")) == 200
    held = consents.find_standing(ada.person_id, "sms", "marketing")
    assert (held.state, held.source) == ("withdrawn", "reply")
    send(work, purpose="marketing")
    assert twilio.messages == {}
    assert reasons() == {"withdrawn": 1}


def test_who_stopped_at_the_provider_wants_no_more(twilio, db, work):
    ada = make_customer(phone="+15005550004")
    consent.grant(ada, "sms", "marketing", actor=SYSTEM, source="portal")
    db.commit()
    send(work, purpose="marketing")
    assert kinds() == {"intended": 1, "failed": 1}
    assert consents.find_standing(ada.person_id, "sms", "marketing").state == "withdrawn"
