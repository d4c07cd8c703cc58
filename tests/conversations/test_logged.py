"""Calls and emails that took place elsewhere, written down on the customer's page."""

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from app.conversations.models import Email, PhoneCall
from app.core.access import SYSTEM
from app.core.clock import now
from app.people import actions as people
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee

CALL = {
    "direction": "in",
    "minutes": "12",
    "outcome": "Reached",
    "notes": "Wants the blue",
    "at": "2026-01-31T10:15",
}
MAIL = {"direction": "out", "subject": "Offer", "content": "As we said", "at": "2026-01-30T09:00"}


@pytest.fixture
def carla(db):
    return make_customer(first_name="Carla", last_name="Costa")


@pytest.fixture
def desk(browser):
    return browser(make_employee("agent", first_name="Ada", last_name="Byron"))


def undo_in(answer):
    return re.search(r"/changes/[\w-]+/undo", answer.headers["HX-Trigger"])[0]


def test_the_page_has_a_form_for_each(desk, carla):
    page = desk.get(f"/customers/{carla.person_id}")
    assert page.text.count('name="composer"') == 3
    for path in ("call", "logged-email"):
        assert f'action="/customers/{carla.person_id}/{path}"' in page.text
        assert desk.get(f"/customers/{carla.person_id}/{path}").status_code == 200


def test_a_call_stands_in_the_stream_when_it_was_and_can_be_undone(db, desk, carla):
    here = f"/customers/{carla.person_id}"
    answer = desk.post(f"{here}/call", CALL, fragment=True)
    assert answer.status_code == 200
    assert "record-changed" in answer.headers["HX-Trigger"]
    assert "Wants the blue" not in answer.text
    call = db.scalars(select(PhoneCall)).one()
    assert (call.sender_id, call.duration_seconds, call.outcome) == (carla.person_id, 720, "Reached")
    assert call.at == datetime.fromisoformat("2026-01-31T10:15:00+00:00")
    stream = text_of(desk.get(f"{here}?kind=phone"))
    assert "The customer called · 12 min · Reached" in stream
    assert "Wants the blue" in stream
    assert "Wants the blue" not in text_of(desk.get(f"{here}?kind=email"))
    desk.post(undo_in(answer))
    assert db.scalars(select(PhoneCall)).all() == []
    assert db.scalar(text("SELECT count(*) FROM communication_registry")) == 0


def test_an_email_is_written_down_not_sent(db, desk, carla, mailbox, work):
    here = f"/customers/{carla.person_id}"
    saved = desk.post(f"{here}/logged-email", MAIL)
    assert saved.location == here
    work()
    mail = db.scalars(select(Email)).one()
    assert (mail.receiver_id, mail.subject, mail.content) == (carla.person_id, "Offer", "As we said")
    assert not [one for one in mailbox.messages if "Offer" in one["Subject"]]
    desk.post(f"{here}/logged-email", MAIL | {"direction": "in", "subject": "Answer"})
    assert "Email from the customer: Answer" in text_of(desk.get(f"{here}?kind=email"))


def test_what_is_missing_or_still_to_come_is_refused_beside_it(db, desk, carla):
    here = f"/customers/{carla.person_id}"
    later = (now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    for path, typed in (
        ("call", CALL | {"notes": ""}),
        ("call", CALL | {"minutes": "2000"}),
        ("call", CALL | {"at": later}),
        ("logged-email", MAIL | {"subject": ""}),
        ("logged-email", MAIL | {"at": later}),
    ):
        for fragment in (True, False):
            refused = desk.post(f"{here}/{path}", typed, fragment=fragment)
            assert refused.status_code == 422
            assert "field-error" in refused.text
    assert db.scalars(select(PhoneCall)).all() == db.scalars(select(Email)).all() == []


def test_who_may_not_answer_has_no_form(browser, db, carla):
    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'conversations.answer', NULL)"))
    db.commit()
    desk = browser(make_employee("agent"))
    assert 'name="composer"' not in desk.get(f"/customers/{carla.person_id}").text
    assert desk.post(f"/customers/{carla.person_id}/call", CALL).status_code == 403


def test_erasing_the_customer_takes_what_undo_kept(db, desk, carla, work):
    desk.post(f"/customers/{carla.person_id}/call", CALL)
    kept = text("SELECT count(*) FROM changed_rows WHERE table_name = 'phones'")
    assert db.scalar(kept) == 1
    people.erase_customer(carla, actor=SYSTEM, reason="asked")
    db.commit()
    work()
    db.rollback()
    assert db.scalar(kept) == 0
    assert db.scalar(select(PhoneCall.content)) == ""
