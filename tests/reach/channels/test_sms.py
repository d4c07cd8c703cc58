"""Text messages by Twilio, played by a process of its own: what went, what did not, and what nobody knows."""

import time
from dataclasses import replace
from uuid import uuid4

import pytest

from app.core.access import SYSTEM
from app.core.crypto import keyring
from app.reach import references
from app.reach.channels import actions, opened
from app.reach.channels.actions import ProviderDetails
from app.reach.channels.base import CHANNELS, Outgoing, ProviderTrouble
from app.reach.channels.sms import Twilio
from tests.factories import make_customer
from tests.fakes.twilio import FakeTwilio
from tests.mail_server import free_port

SETTINGS = {"account_sid": "AC0123", "token": "secret token", "sender": "+442079460000"}


@pytest.fixture
def vendor(application):
    fake = FakeTwilio()
    config = application.extensions["rapport"]
    application.extensions["rapport"] = replace(config, twilio_url=fake.url)
    yield fake
    application.extensions["rapport"] = config
    fake.stop()


@pytest.fixture
def twilio(app, vendor):
    strategy = Twilio(SETTINGS)
    yield strategy
    strategy.close()


def message(number="+447700900123", body="Hello"):
    person_id = uuid4()
    sealed = keyring.encrypt(number, f"people.phone|{person_id}")
    return Outgoing(references.write(7, person_id, "sms"), person_id, sealed, {"body": body})


def test_messages_go_with_the_address_for_reports(twilio, vendor):
    batch = [message(f"+4477009001{number:02}", f"Hello {number}") for number in range(10)]
    outcomes = twilio.send(batch)
    assert [one.state for one in outcomes] == ["sent"] * 10
    for one, outcome in zip(batch, outcomes, strict=True):
        went = vendor.messages[outcome.provider_ref]
        assert (went["Body"], went["From"]) == (one.parts["body"], "+442079460000")
        assert went["StatusCallback"] == f"http://crm.test/hooks/twilio-sms/{one.reference}"


@pytest.mark.parametrize(
    ("number", "code", "is_for_good", "is_unwanted"),
    [
        ("+15005550001", "21211", True, False),
        ("+15005550009", "21614", True, False),
        ("+15005550004", "21610", False, True),
    ],
)
def test_a_number_that_is_refused_says_why(twilio, number, code, is_for_good, is_unwanted):
    (outcome,) = twilio.send([message(number)])
    assert (outcome.state, outcome.code) == ("failed", code)
    assert (outcome.is_for_good, outcome.is_unwanted) == (is_for_good, is_unwanted)
    assert number not in outcome.words


def test_what_may_work_later_is_tried_later(twilio, vendor):
    vendor.errors += [(429, 20429, "Too many requests"), (503, 20500, "Out of order")]
    outcomes = [twilio.send([message()])[0] for _each in range(2)]
    assert [(one.state, one.after_seconds) for one in outcomes] == [("later", 30), ("later", 60)]


def test_no_answer_is_unknown_and_never_sent_again_by_itself(twilio, vendor, monkeypatch):
    vendor.moods.append("drop")
    (outcome,) = twilio.send([message()])
    assert outcome.state == "unknown"
    monkeypatch.setattr(twilio._client, "timeout", 0.3)
    vendor.moods.append(("slow", 1))
    begun = time.monotonic()
    assert twilio.send([message()])[0].state == "unknown"
    assert time.monotonic() - begun < 0.9


def test_trouble_of_the_account_is_nobody_s_fault(app, vendor, twilio):
    with pytest.raises(ProviderTrouble, match="20003"):
        Twilio({**SETTINGS, "token": "wrong"}).send([message(), message()])
    vendor.errors.append((400, 21606, "The 'From' phone number is not yours"))
    with pytest.raises(ProviderTrouble, match="21606"):
        twilio.send([message()])
    assert vendor.messages == {}


def test_nobody_at_home_is_trouble(application, app, vendor):
    application.extensions["rapport"] = replace(
        application.extensions["rapport"], twilio_url=f"http://127.0.0.1:{free_port()}"
    )
    with pytest.raises(ProviderTrouble, match="cannot be reached"):
        Twilio(SETTINGS).send([message(), message()])


def test_the_button_asks_for_the_account(db, vendor):
    provider = actions.add_provider(ProviderDetails("twilio", settings=SETTINGS), actor=SYSTEM)
    db.commit()
    assert actions.check_provider(provider).words == "The account Lotus is active."
    assert "secret token" not in str(provider.settings)
    assert opened.choose("sms") is provider


def test_a_message_is_looked_up_where_its_name_is_known(twilio, vendor):
    (outcome,) = twilio.send([message()])
    vendor.states[outcome.provider_ref] = "delivered"
    assert twilio.look_up("x", outcome.provider_ref).state == "sent"
    vendor.states[outcome.provider_ref] = "undelivered"
    assert twilio.look_up("x", outcome.provider_ref).state == "failed"
    assert twilio.look_up("x", "") is None
    assert twilio.look_up("x", "SM404") is None


def test_a_number_has_the_same_fingerprint_in_both_worlds(db):
    ada = make_customer(phone="+447700900123")
    assert CHANNELS["sms"].fingerprint_of("07700 900123") == ada.phone_index
