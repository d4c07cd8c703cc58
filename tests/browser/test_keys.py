"""Single keys between two pages: who is quicker than the next page does nothing to the one that is left."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.hands import press

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def quick(window, talk):
    """An agent on one talk opens another by its row, presses E and Alt E; the next page is in the test's hands."""
    page, here, there = window("agent"), talk("The first of two"), talk("The second of two")
    held: list[Route] = []
    page.clock.install()
    page.goto(f"{here}?tab=mine")
    page.route(re.compile(there), lambda route: held.insert(0, route), times=1)
    page.locator(f'.waiting[href^="{there}"]').focus()
    with page.expect_request(re.compile(there)):
        page.keyboard.press("Enter")
    page.keyboard.press("e")
    page.keyboard.press("Alt+e")
    return page, held


def is_about(page: Page, topic: str, foot: str) -> None:
    expect(page.locator("#conversation-head")).to_contain_text(topic)
    expect(page.locator("#conversation-foot")).to_contain_text(foot)


def test_a_key_before_the_next_page_does_nothing_to_the_old_one(quick):
    page, (answer,) = quick
    here = page.url
    answer.continue_()
    is_about(page, "The second of two", "Enter sends")
    press(page, "e")
    is_about(page, "The second of two", "Closed")
    page.goto(here)
    is_about(page, "The first of two", "Enter sends")


def test_keys_work_again_where_no_page_comes(quick):
    """As after a download: the page that seemed to be left is still there."""
    page, (answer,) = quick
    answer.fulfill(status=204)
    page.clock.fast_forward("00:05")
    press(page, "e")
    is_about(page, "The first of two", "Closed")
