"""A customer goes on with another device: soon, once, and as nobody else."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.accounts.models import AccountToken, SignIn
from app.engine.notices.models import Notice
from app.widget import sessions
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, make_widget


@pytest.fixture
def carla(db):
    return make_customer(first_name="Carla", last_name="Diaz")


@pytest.fixture
def chat(carla):
    return f"/portal/chats/{make_channel(carla, message='Is it dimmable?').channel_id}"


def link_of(browser, person, chat) -> str:
    """What the page of the chat shows, as a path."""
    page = browser(person).post(f"{chat}/link")
    assert page.status_code == 200
    assert "data:image/svg+xml" in page.get_data(as_text=True)
    return re.search(r'value="http://crm\.test(/device/[^"]+)"', page.get_data(as_text=True))[1]


def test_the_same_chat_opens_on_the_other_device(browser, db, carla, chat):
    link, other = link_of(browser, carla, chat), browser()
    assert "Carla Diaz" in text_of(other.get(link))
    assert db.query(SignIn).count() == 1, "looking at it signs nobody in"
    assert other.post(link).headers["Location"] == chat
    assert "Is it dimmable?" in text_of(other.get(chat))
    told = db.scalars(select(Notice).where(Notice.person_id == carla.person_id)).one()
    assert told.title.startswith("You went on with")


def test_it_works_once_and_only_the_newest(browser, carla, chat):
    old = link_of(browser, carla, chat)
    link = link_of(browser, carla, chat)
    assert browser().get(old).status_code == 404
    assert browser().post(old).status_code == 404
    assert browser().post(link).status_code == 303
    assert browser().get(link).status_code == 404
    assert browser().post(link).status_code == 404


def test_after_15_minutes_it_is_too_late(browser, db, carla, chat):
    link = link_of(browser, carla, chat)
    db.execute(update(AccountToken).values(expires_at=AccountToken.expires_at - timedelta(minutes=14)))
    db.commit()
    assert browser().get(link).status_code == 200
    db.execute(update(AccountToken).values(expires_at=AccountToken.expires_at - timedelta(minutes=1)))
    db.commit()
    assert browser().get(link).status_code == 404
    assert browser().post(link).status_code == 404


def test_whoever_is_signed_in_there_stays_who_they_are(browser, db, carla, chat):
    link, ben = link_of(browser, carla, chat), browser(make_customer(first_name="Ben"))
    page = text_of(ben.get(link))
    assert "You are signed in here as Ben" in page
    assert ben.post(link).status_code == 409
    assert "Is it dimmable?" not in text_of(ben.get(chat))
    assert browser(carla).get(link).headers["Location"] == chat, "the same customer is there already"
    assert browser().post(link).status_code == 303, "nothing used it up"


def test_it_leads_nowhere_else(browser, carla, chat):
    link = link_of(browser, carla, chat).partition("?")[0]
    assert browser().post(link, {"next": "https://evil.example/"}).headers["Location"] == "/portal"


def test_nobody_else_gets_one(browser, db, carla, chat):
    assert browser(make_customer()).post(f"{chat}/link").status_code == 404
    assert browser(make_employee("manager")).post(f"{chat}/link").status_code in (403, 404)
    token = sessions.start(make_widget().widget_id, carla.person_id, "code")
    db.commit()
    answer = browser().http.post(f"{chat}/link", headers={"Authorization": f"Visitor {token}"})
    assert answer.status_code != 200
    assert db.query(AccountToken).count() == 0


def test_a_closed_account_ends_it(browser, db, carla, chat):
    link = link_of(browser, carla, chat)
    carla.deactivated_at = carla.created_at
    db.commit()
    assert browser().get(link).status_code == 404
    assert browser().post(link).status_code == 404
