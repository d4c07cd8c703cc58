"""Who writes or calls sees whether they may, and news and offers go only to who agreed to them."""

import pytest
from sqlalchemy import select

from app.accounts import sign_ins
from app.conversations.actions import channels, messages
from app.core.access import SYSTEM
from app.core.errors import Invalid
from app.engine.notices.models import OutgoingMail
from app.mailboxes import offering
from app.mailboxes.actions import sending
from app.people.consent import actions as consent
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee
from tests.mailboxes.cast import channel_of, make_mail, make_mailbox, take

OFFER = {"subject": "Spring sale", "content": "Everything for less.", "key": "k1", "purpose": "marketing"}


def grant(db, customer, channel="email"):
    consent.grant(customer, channel, "marketing", actor=SYSTEM, source="import", source_text="On paper")
    db.commit()


def withdraw(db, customer):
    consent.withdraw([customer.person_id], [("email", "marketing")], actor=SYSTEM, source="portal")
    db.commit()


def test_the_form_says_whether_one_may_write_and_sends_no_offer_without_consent(browser, db):
    make_mailbox()
    carla, page = make_customer(), browser(make_employee())
    here = f"/customers/{carla.person_id}/email"
    assert "Answers only: they have not agreed to news and offers by email." in text_of(page.get(here))
    refused = page.post(here, OFFER)
    assert refused.status_code == 422
    assert "Answers only" in text_of(refused)
    assert db.scalars(select(OutgoingMail)).all() == []
    assert page.post(here, {**OFFER, "purpose": "service"}).status_code == 303
    assert len(db.scalars(select(OutgoingMail)).all()) == 1


def test_an_offer_goes_to_who_agreed_and_says_how_to_get_no_more(browser, db, mailbox, work):
    make_mailbox()
    carla, page = make_customer(), browser(make_employee())
    grant(db, carla)
    assert page.post(f"/customers/{carla.person_id}/email", OFFER).status_code == 303
    work()
    sent = next(one for one in mailbox.to(carla.email) if one["Subject"] == "Spring sale")
    assert sending.NO_MORE in sent.get_body(("plain",)).get_content()
    link = sent.get_body(("plain",)).get_content().split("http://crm.test")[1].split()[0]
    assert browser().get(link).status_code == 200
    assert link in sent.get_body(("html",)).get_content()


def test_a_withdrawal_holds_at_once_and_answers_still_go(db):
    make_mailbox()
    carla, agent = make_customer(), sign_ins.actor_for(make_employee().person_id)
    grant(db, carla)
    withdraw(db, carla)
    with pytest.raises(Invalid) as refusal:
        sending.send_mail(carla, sending.Draft("Sale", "Less", purpose="marketing"), actor=agent)
    assert "they want no news and offers by email, since" in refusal.value.errors["purpose"][0]
    assert sending.send_mail(carla, sending.Draft("Your lamp", "It is ready."), actor=agent)


def test_the_composer_says_it_and_proposes_the_way_the_customer_wrote_last(browser, db):
    box, carla, agent = make_mailbox(), make_customer(), make_employee()
    who = sign_ins.actor_for(agent.person_id)
    channel = make_channel(carla, owner=agent)
    messages.post_message(channel.channel_id, "Hello", actor=sign_ins.actor_for(carla.person_id))
    db.commit()
    assert not offering.offer(who, channel).is_proposed
    page = text_of(browser(agent).get(f"/conversations/{channel.channel_id}"))
    assert "Answers only: they have not agreed to news and offers by email." in page
    mail = make_mail(carla.email)
    by_mail = channel_of(take(box, mail))
    channels.accept_channel(by_mail, actor=who)
    db.commit()
    assert offering.offer(who, by_mail).is_proposed
    messages.post_message(by_mail.channel_id, "Now I am here", actor=sign_ins.actor_for(carla.person_id))
    db.commit()
    assert not offering.offer(who, by_mail).is_proposed
    take(box, make_mail(carla.email, "I am away", In_Reply_To=mail["Message-ID"], Auto_Submitted="auto-replied"))
    assert not offering.offer(who, by_mail).is_proposed  # a program chose that way
    take(box, make_mail(carla.email, "By mail again", In_Reply_To=mail["Message-ID"]))
    assert offering.offer(who, by_mail).is_proposed
