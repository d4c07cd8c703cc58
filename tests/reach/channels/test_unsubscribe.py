"""The way out of a message: one click without a cookie, and never by a program that only looks."""

import re

import pytest

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.errors import NotFound
from app.people.consent import actions, queries
from app.reach.channels import unsubscribe
from tests.factories import make_customer


@pytest.fixture
def ada(db):
    ada = make_customer(first_name="Ada", last_name="Lovelace", email="ada@example.com", email_verified_at=now())
    for channel in ("email", "phone"):
        actions.grant(ada, channel, "marketing", actor=SYSTEM, source="portal")
    db.commit()
    return ada


def path_of(person, channel="email", run_id=17):
    address = unsubscribe.address_of(person.person_id, channel, "marketing", run_id)
    return address.removeprefix("http://crm.test")


def state_of(person, channel="email"):
    return queries.find_standing(person.person_id, channel, "marketing").state


def test_a_program_that_looks_opts_nobody_out(ada, browser):
    page = browser().get(path_of(ada))
    assert page.status_code == 200
    assert "Yes, stop it" in page.text
    assert "Lovelace" not in page.text
    assert state_of(ada) == "granted"


def test_one_click_ends_it_at_once_without_a_redirect(ada, browser, db):
    answer = browser().post(path_of(ada), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert state_of(ada) == "withdrawn"
    assert state_of(ada, "phone") == "granted"
    assert browser().post(path_of(ada), {"List-Unsubscribe": "One-Click"}).status_code == 200
    held = queries.find_standing(ada.person_id, "email", "marketing")
    assert (held.source, held.source_text) == ("link", "Unsubscribed from run 17")


def test_one_click_needs_no_cookie_and_no_token_of_ours(ada, app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = app.test_client().post(path_of(ada), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert state_of(ada) == "withdrawn"


def test_the_button_comes_back_to_the_page(ada, browser):
    window = browser()
    answer = window.post(path_of(ada))
    assert (answer.status_code, answer.headers["Location"]) == (303, path_of(ada))
    assert "Nothing of this is sent to you any more" in window.get(path_of(ada)).text


def test_a_changed_link_is_no_link(ada, browser, app):
    path = path_of(ada)
    for wrong in (path[:-2] + "AA", path[:12], "/u/", path.swapcase(), "/u/" + "A" * 60):
        with pytest.raises(NotFound):
            unsubscribe.read(wrong.removeprefix("/u/"))
    assert browser().post(path[:-2] + "AA").status_code == 404
    assert state_of(ada) == "granted"


def test_all_choices_are_one_step_away(ada, browser, db):
    window = browser()
    page = window.get(path_of(ada) + "/choices")
    assert "What we send you" in page.text
    version = re.search(r'name="version" value="(\d+)"', page.text)[1]
    answer = window.post(path_of(ada) + "/choices", {"purpose": "marketing", "channel": ["phone"], "version": version})
    assert answer.status_code == 303
    assert (state_of(ada), state_of(ada, "phone")) == ("withdrawn", "granted")
    window.post(path_of(ada) + "/choices/withdrawal")
    assert state_of(ada, "phone") == "withdrawn"


def test_who_is_gone_is_told_that_nothing_comes(browser, db, ada):
    path = path_of(ada)
    ada.erased_at = now()
    db.commit()
    assert browser().post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert browser().get(path + "/choices").status_code == 404
