"""A manager asks for the customers worth a call, keeps the answer, and sees why one is in it."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.hands import follow

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_manager_builds_a_filter(window):
    manager = window("manager")
    manager.goto("/customers")
    follow(manager.get_by_role("link", name="Filter"))
    ask(manager, 0, "Number of purchases", "is at least", "1", last="90")
    ask(manager, 1, "Total value less refunds of purchases", "is at least", "20")
    ask(manager, 2, "Number of purchases", "is exactly", "0", last="2")
    expect(manager.locator("#builder-words")).to_have_text(
        "Number of purchases in the last 90 days is at least 1 and total value less refunds of purchases is at least "
        "£20.00 and number of purchases in the last 2 days is exactly 0"
    )
    count = manager.locator("#builder-found strong")
    expect(count).to_have_text(re.compile(r"^[1-9]"))
    found = count.inner_text()
    manager.locator("#builder-found .chip").first.click()
    expect(manager.locator("#builder-why")).to_contain_text("is in, because:")
    manager.get_by_role("button", name="Show them").click()
    expect(manager.locator("#page-context")).to_contain_text(f"{found} customers")
    manager.get_by_role("link", name="Save view").click()
    manager.get_by_label("Name").fill("Worth a call")
    manager.get_by_role("button", name="Save").click()
    expect(manager.get_by_role("navigation", name="Views").get_by_role("link", name="Worth a call")).to_be_visible()
    expect(manager.locator("#page-context")).to_contain_text(f"{found} customers")


def ask(page: Page, number: int, subject: str, question: str, value: str, *, last: str = "") -> None:
    """Fill one condition of the builder, adding it first."""
    if number:
        page.get_by_role("button", name="Add a condition").click()
    rule = page.locator(f"#node-r-{number}")
    rule.get_by_label("What to ask about").select_option(label=subject)
    rule.get_by_label("Question").select_option(label=question)
    rule.get_by_label("Value", exact=True).fill(value)
    if last:
        rule.get_by_label("In the last how many").fill(last)
    page.keyboard.press("Tab")
    expect(page.locator("#builder-words")).to_contain_text(value)


def test_without_script_the_same_buttons_work(window):
    page = window("agent", java_script_enabled=False)
    page.goto("/products")
    page.get_by_role("link", name="Filter").click()
    page.get_by_label("What to ask about").select_option(label="Price")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Question").first.select_option(label="is at most")
    page.get_by_label("Value", exact=True).fill("10")
    page.get_by_role("button", name="Remove this condition").last.click()
    page.get_by_role("button", name="Show them").last.click()
    expect(page.locator(".chips")).to_contain_text("Price is at most £10.00")


@pytest.mark.parametrize("has_left", [False, True], ids=["still in the box", "already further on"])
def test_what_is_typed_while_an_answer_is_on_its_way_stays(window, has_left):
    page = window("agent")
    page.goto("/products")
    follow(page.get_by_role("link", name="Filter"))
    page.get_by_label("What to ask about").select_option(label="Price")
    expect(page.get_by_label("Question")).to_be_visible()
    held: list[Route] = []
    page.route("**/filters/product", lambda route: held.append(route) if not held else route.continue_())
    page.get_by_label("Question").select_option(label="is at most")
    page.get_by_label("Value", exact=True).fill("10")
    if has_left:
        page.keyboard.press("Tab")
    held[0].continue_()
    expect(page.locator("#builder-words")).to_contain_text("£10.00")
    expect(page.get_by_label("Value", exact=True)).to_have_value("10")
