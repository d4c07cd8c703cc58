"""A sale put together in a real browser."""

import pytest
from playwright.sync_api import Route, expect

from tests.flows.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_next_click_waits_for_the_answer_to_the_last(window):
    """Two clicks at once would both begin from the same draft, and the later answer would undo the earlier."""
    page = window("agent")
    page.goto("/transactions/new")
    page.get_by_label("Who buys?").fill("an")
    choose = page.locator("#sale-customers").get_by_role("button", name="Choose").first
    expect(choose).to_be_visible()
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    page.route("**/transactions/draft", hold)
    choose.click()
    wait_until(lambda: page.wait_for_timeout(20) or asked, 30, "the choice is on its way")
    add = page.locator("#sale-offered").get_by_role("button", name="Add").first
    expect(add).to_be_disabled()
    asked[0].continue_()
    page.unroute("**/transactions/draft")
    add.click()
    expect(page.get_by_role("list", name="What is sold")).to_be_visible()
    expect(page.locator("#sale input[name=customer]")).to_have_count(1)
