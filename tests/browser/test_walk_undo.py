"""A manager edits ticked rows, undoes that by the toast, then edits all that match and undoes that; also on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.factories import make_customer, make_employee

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


@pytest.fixture
def manager(app, server, chromium, browser):
    """Open the page of a manager of such a width."""
    cookie = browser(make_employee("manager")).http.get_cookie("rapport").value
    contexts = []

    def open_page(width: int) -> Page:
        url = f"http://127.0.0.1:{server.port}"
        context = chromium.new_context(base_url=url, viewport={"width": width, "height": 800})
        context.add_cookies([{"name": "rapport", "value": cookie, "url": url}])
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


def set_country(page: Page, country: str) -> None:
    page.get_by_role("group", name="With the selected rows").get_by_role("button", name="Edit").click()
    page.get_by_label("Change country").check()
    page.get_by_label("Country", exact=True).fill(country)
    page.locator(".savebar").get_by_role("button", name="Edit").click()


@pytest.mark.parametrize("width", [1440, 360])
def test_ticked_rows_and_all_that_match_are_edited_and_taken_back(manager, width):
    for number in range(30):
        make_customer(last_name=f"Zed{number:02}", country="GB")
    page = manager(width)
    page.goto("/customers?columns=name,country")
    page.locator("[data-pick]").nth(0).check()
    page.locator("[data-pick]").nth(1).check()
    set_country(page, "Iceland")
    expect(page.locator("#toasts")).to_contain_text("Edited 2 customers: country")
    expect(page.locator("tbody").get_by_text("Iceland")).to_have_count(2)
    page.locator("#toasts").get_by_role("button", name="Undo").press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Undid: Edited 2 customers: country")
    expect(page.locator("tbody").get_by_text("Iceland")).to_have_count(0)
    page.locator("[data-pick]").first.check()
    page.get_by_label("all 30 that match").check()
    expect(page.locator("[data-picked]")).to_have_text("30")
    set_country(page, "Chile")
    expect(page.locator("#toasts")).to_contain_text("Edited 30 customers: country")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Undid: Edited 30 customers: country")
    expect(page.locator("tbody").get_by_text("Chile")).to_have_count(0)
