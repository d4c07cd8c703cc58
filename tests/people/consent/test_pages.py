"""Consent in the browser: what staff records, and what customers decide themselves."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.clock import now, today
from app.people.consent import actions, queries
from app.people.consent.models import Consent
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.statements import counted

PHONE = {"channel": "phone", "purpose": "marketing"}


@pytest.fixture
def agent(browser, db):
    return browser(make_employee("agent"))


@pytest.fixture
def ada(db):
    return make_customer(first_name="Ada", last_name="Lovelace", email_verified_at=now())


def grant(customer, db, channel="phone"):
    told = {"source": "employee", "source_text": "said so"}
    made = actions.grant(customer, channel, "marketing", actor=SYSTEM, **told)
    db.commit()
    return made


def state_of(customer, channel="phone"):
    held = queries.find_standing(customer.person_id, channel, "marketing")
    return held.state if held else None


def test_staff_records_consent_with_how_they_know(agent, ada, db):
    here = f"/customers/{ada.person_id}/consents"
    assert "Phone Not agreed" in text_of(agent.get(f"/customers/{ada.person_id}"))
    form = agent.get(f"{here}/new?channel=phone&purpose=marketing&state=granted", fragment=True)
    assert "How do you know?" in text_of(form)
    refused = agent.post(here, {**PHONE, "state": "granted", "source_text": ""})
    assert refused.status_code == 422
    assert "Say how you know" in text_of(refused)
    assert state_of(ada) is None
    day = (today() - timedelta(days=2)).isoformat()
    typed = {**PHONE, "state": "granted", "source_text": "form signed at the counter", "happened_on": day}
    answer = agent.post(here, typed)
    page = text_of(agent.follow(answer))
    assert "Consent of Ada Lovelace" in page
    assert "form signed at the counter" in page
    assert "Agreed to marketing by phone" in text_of(agent.get(f"/customers/{ada.person_id}?kind=consent"))
    db.expire_all()
    assert state_of(ada) == "granted"


def test_with_htmx_the_panel_changes_in_place(agent, ada, db):
    grant(ada, db)
    here = f"/customers/{ada.person_id}/consents"
    assert agent.post(here, {**PHONE, "state": "withdrawn"}, fragment=True).status_code == 422
    typed = {**PHONE, "state": "withdrawn", "source_text": "called and said no"}
    answer = agent.post(here, typed, fragment=True)
    assert "Withdrawn" in text_of(answer)
    assert "record-changed" in answer.headers["HX-Trigger"]
    db.expire_all()
    assert state_of(ada) == "withdrawn"


@pytest.mark.parametrize("day", ["soon", "2999-01-01", "1066-10-14"])
def test_a_day_that_cannot_be_is_refused(agent, ada, day):
    typed = {**PHONE, "state": "granted", "source_text": "x", "happened_on": day}
    assert agent.post(f"/customers/{ada.person_id}/consents", typed).status_code == 422


def test_who_may_not_record_sees_and_does_nothing(browser, ada, db):
    grant(ada, db)
    customer = browser(make_customer())
    here = f"/customers/{ada.person_id}/consents"
    assert customer.get(here).status_code in (403, 404)
    assert customer.post(here, {**PHONE, "state": "withdrawn", "source_text": "x"}).status_code in (403, 404)
    assert browser().post(here, PHONE).status_code in (302, 303, 401)
    assert state_of(ada) == "granted"


def test_on_the_page_of_a_customer_consent_has_no_statement_of_its_own(agent, ada, db):
    grant(ada, db)
    agent.get(f"/customers/{ada.person_id}")
    with counted() as sent:
        agent.get(f"/customers/{ada.person_id}")
    assert len(sent) <= 8
    assert sum("consents" in statement for statement in sent) == 2  # that of all panels, and that of the stream


def test_customers_decide_for_themselves(browser, ada, db):
    me = browser(ada)
    page = me.get("/portal/consent")
    assert "News, offers and invitations" in text_of(page)
    assert "checked" not in page.get_data(as_text=True)
    sent = {"purpose": "marketing", "version": "1"}
    me.post("/portal/consent", {**sent, "channel": ["email", "phone"]})
    assert (state_of(ada, "email"), state_of(ada), state_of(ada, "sms")) == ("granted", "granted", None)
    line = db.scalars(select(Consent).where(Consent.channel == "email")).one()
    assert (line.source, line.ip, line.recorded_by) == ("portal", "127.0.0.1", ada.person_id)
    assert queries.get_line(line.person_id, line.consent_id).wording_version == 1
    me.post("/portal/consent", {**sent, "channel": ["phone"]})
    db.expire_all()
    assert (state_of(ada, "email"), state_of(ada)) == ("withdrawn", "granted")
    me.post("/portal/consent/withdrawal")
    db.expire_all()
    assert {one.state for one in queries.states_of(ada.person_id).values()} == {"withdrawn"}


def test_nobody_agrees_to_words_they_have_not_read(browser, ada, db):
    grant(ada, db)
    actions.change_wording("marketing", "Also from our friends.", actor=SYSTEM)
    db.commit()
    me = browser(ada)
    assert me.post("/portal/consent", {"purpose": "marketing", "version": "1", "channel": ["sms"]}).status_code == 409
    db.expire_all()
    assert state_of(ada, "sms") is None
    me.post("/portal/consent", {"purpose": "marketing", "version": "1"})  # to withdraw, nothing has to be read
    db.expire_all()
    assert state_of(ada) == "withdrawn"


def test_an_address_nobody_confirmed_is_asked_first(browser, db, work, mailbox):
    bob = make_customer()
    answer = browser(bob).post("/portal/consent", {"purpose": "marketing", "version": "1", "channel": ["email"]})
    work()
    assert answer.status_code == 303
    assert state_of(bob, "email") == "pending"
    assert mailbox.messages[-1]["Subject"] == "Please confirm that we may write to you"


def test_managers_change_the_words_and_earlier_ones_stay(browser, agent, db):
    manager = browser(make_employee("manager"))
    assert agent.get("/settings/consent").status_code == 403
    assert "Version 1" in text_of(manager.get("/settings/consent"))
    assert manager.post("/settings/consent", {"purpose": "marketing", "body": " "}).status_code == 422
    assert manager.post("/settings/consent", {"purpose": "service", "body": "x"}).status_code == 422
    page = text_of(manager.follow(manager.post("/settings/consent", {"purpose": "marketing", "body": "Yes, please."})))
    assert "Version 2, marketing" in page
    assert "Version 1, marketing" in page


def test_the_list_of_customers_shows_who_agreed(agent, ada, db):
    grant(ada, db)
    grant(ada, db, "sms")
    make_customer()
    page = text_of(agent.get("/customers?columns=name,consent_marketing"))
    assert "Text message, Phone" in page


def test_mail_programs_withdraw_without_a_cookie(app, ada, db, browser):
    from app.people.consent import links

    made = grant(ada, db)
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        here = f"/c/{links.token_of(made, ada.email)}"
        assert browser().post(here).status_code == 419
        assert browser().post(f"{here}/withdrawal", {"List-Unsubscribe": "One-Click"}).status_code == 303
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    db.expire_all()
    assert state_of(ada) == "withdrawn"
