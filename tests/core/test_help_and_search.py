"""Help and search: on every page, with and without JavaScript."""

import re

import pytest

from app.core import help as help_pages
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee


def test_help_is_searched_by_words(browser):
    assert "Sign in, sign up, passwords" in text_of(browser().get("/help?q=forgot+password"))
    assert "No page of the help has" in text_of(browser().get("/help?q=zebra"))
    assert "<html" not in browser().get("/help?q=bell", fragment=True).get_data(as_text=True)


@pytest.mark.parametrize("page", help_pages.pages(), ids=lambda page: page.slug)
def test_each_help_page_opens_for_everybody(browser, page):
    for one in (browser(), browser(make_customer()), browser(make_employee())):
        shown = one.get(f"/help/{page.slug}")
        assert shown.status_code == 200
        assert page.title in text_of(shown)


def test_help_is_found_from_every_frame(browser):
    for answer in (
        browser().get("/sign-in"),
        browser(make_customer()).get("/settings"),
        browser(make_employee()).get("/settings"),
    ):
        assert 'href="/help"' in answer.get_data(as_text=True)


def test_search_shows_only_what_one_may_do(browser):
    admin, agent = browser(make_employee("admin")), browser(make_employee("agent"))
    assert "Register an employee" in text_of(admin.get("/search?q=register"))
    assert "Register an employee" not in text_of(agent.get("/search?q=register"))
    assert "/audit" not in browser(make_customer()).get("/search?q=audit").get_data(as_text=True)
    assert browser().get("/search?q=x").status_code == 302


def test_the_palette_gets_options(browser):
    fragment = browser(make_employee("admin")).get("/search?q=roles", fragment=True).get_data(as_text=True)
    assert 'role="option" href="/roles"' in fragment
    assert 'role="option"' not in browser(make_employee("admin")).get("/search?q=roles").get_data(as_text=True)


def test_a_letter_goes_to_one_place_only(browser):
    letters = re.findall(r'data-go="(\w)"', browser(make_employee("admin")).get("/customers").get_data(as_text=True))
    assert letters
    assert len(set(letters)) == len(letters), letters
