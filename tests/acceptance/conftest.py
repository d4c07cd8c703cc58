"""Vendors that several rows need."""

from dataclasses import replace

import pytest

from app.core.access import SYSTEM
from app.reach.channels import actions
from app.reach.channels.actions import ProviderDetails
from tests.fakes.twilio import FakeTwilio


@pytest.fixture
def twilio(application, db):
    """Twilio as it is played, set up as the provider of text messages."""
    fake = FakeTwilio()
    config = application.extensions["rapport"]
    application.extensions["rapport"] = replace(config, twilio_url=fake.url)
    account = {"account_sid": fake.sid, "token": fake.token, "sender": "+442079460000"}
    actions.add_provider(ProviderDetails("twilio", settings=account), actor=SYSTEM)
    db.commit()
    yield fake
    application.extensions["rapport"] = config
    fake.stop()
