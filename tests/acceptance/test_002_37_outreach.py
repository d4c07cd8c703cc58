"""002-37: from the assigned list by the customer's history to a call and a message, and what came of it."""

import json
from urllib.parse import quote

from sqlalchemy import select

from app.accounts import sign_ins
from app.conversations.actions import messages
from app.conversations.models import Channel, PhoneCall
from app.conversations.targets.models import ResponseClock
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee


def test_an_agent_works_from_the_list_to_the_outcome(db, browser):
    ravi = make_employee(first_name="Ravi")
    hers = make_customer(first_name="Nadia", last_name="Byrne", owner_id=ravi.person_id)
    make_customer(first_name="Somebody", last_name="Else")
    make_channel(hers, owner=ravi, closed=True, topic="The torn blanket")
    page = browser(ravi)
    assigned = quote(json.dumps({"f": "owner", "op": "in", "v": [str(ravi.person_id)]}))
    found = text_of(page.get(f"/customers?where={assigned}"))
    assert "Nadia Byrne" in found
    assert "Somebody Else" not in found
    history = text_of(page.get(f"/customers/{hers.person_id}"))
    assert "The torn blanket" in history
    offer = {"subject": "Spring sale", "content": "Everything for less.", "key": "k0", "purpose": "marketing"}
    refused = page.post(f"/customers/{hers.person_id}/email", offer)
    assert refused.status_code == 422
    assert "they have not agreed to news and offers by email" in text_of(refused)
    called = {"direction": "out", "minutes": "4", "outcome": "Reached", "notes": "She would like a new one", "at": ""}
    page.post(f"/customers/{hers.person_id}/call", called)
    sent = {"topic": "Your new blanket", "message": "It is ready for you.", "key": "k1"}
    page.post(f"/conversations/new?customer={hers.person_id}", sent)
    channel = db.scalars(select(Channel).where(Channel.topic == "Your new blanket")).one()
    messages.post_message(channel.channel_id, "Wonderful, I will come by!", actor=sign_ins.actor_for(hers.person_id))
    db.commit()
    page.post(f"/conversations/{channel.channel_id}/messages", {"content": "See you then.", "key": "k2"})
    page.post(f"/conversations/{channel.channel_id}/closure")
    db.rollback()
    assert db.scalars(select(PhoneCall.outcome)).one() == "Reached"
    owners = select(ResponseClock.kind, ResponseClock.owner_id).where(ResponseClock.channel_id == channel.channel_id)
    assert dict(db.execute(owners).tuples().all()) == dict.fromkeys(("next", "resolution"), ravi.person_id)
    stream = text_of(page.get(f"/customers/{hers.person_id}"))
    assert "She would like a new one" in stream
    assert "Your new blanket" in stream
