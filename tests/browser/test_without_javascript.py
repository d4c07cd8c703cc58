"""Every form is a form and every link a link: the essentials in a browser that runs no script."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAME = "Una Plainpage"


@pytest.fixture
def plain(window):
    """Open a window without JavaScript."""
    return lambda role: window(role, java_script_enabled=False)


def test_list_search_and_add_a_customer(plain):
    page = plain("agent")
    page.get_by_role("link", name="Customers", exact=True).first.click()
    rows = page.locator("tr[data-row]")
    expect(rows).to_have_count(25)
    first = rows.first.inner_text()
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile("after="))
    expect(rows).to_have_count(25)
    assert rows.first.inner_text() != first
    page.get_by_role("link", name="Add customer").click()
    given, family = NAME.split()
    page.get_by_label("First name").fill(given)
    page.get_by_label("Last name").fill(family)
    page.get_by_label("Email").fill("una@example.com")
    page.get_by_role("button", name="Add customer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    page.get_by_role("link", name="Customers", exact=True).first.click()
    page.get_by_role("searchbox").first.fill("Plainpage")
    page.get_by_role("searchbox").first.press("Enter")
    expect(rows).to_have_count(1)
    page.get_by_role("link", name=NAME, exact=True).click()
    expect(page).to_have_url(re.compile(r"/customers/[0-9a-f-]{36}$"))


def test_chat_by_plain_forms(plain):
    customer, agent = plain("customer"), plain("agent")
    customer.get_by_role("link", name="Start a chat").first.click()
    customer.get_by_label("What is it about?").fill("By plain forms")
    customer.get_by_label("Your message").fill("Is this shop open today?")
    customer.get_by_role("button", name="Start the chat").click()
    expect(customer.locator("#conversation-head")).to_be_visible()
    agent.goto("/conversations?tab=waiting")
    agent.get_by_role("link", name=re.compile("Is this shop open today")).click()
    agent.get_by_role("button", name="Accept").click()
    agent.get_by_label("Write a message").fill("Until six.")
    agent.get_by_role("button", name="Send").click()
    customer.get_by_role("link", name="Look for new messages").click()
    customer.reload()
    expect(customer.locator("#thread")).to_contain_text("Until six.")
    customer.get_by_label("Write a message").fill("See you at five.")
    customer.get_by_role("button", name="Send").click()
    agent.reload()
    expect(agent.locator("#thread")).to_contain_text("See you at five.")
    agent.get_by_role("button", name="Resolve", exact=True).click()
    customer.reload()
    customer.get_by_text("4 stars, very good").locator("..").click()
    customer.get_by_role("button", name="Send the rating").click()
    expect(customer.locator("#conversation-foot")).to_contain_text("Thank you for your rating.")


def test_buy_in_the_shop(plain):
    customer = plain("customer")
    customer.goto("/portal/shop")
    customer.get_by_role("button", name=re.compile("^Add ")).first.click()
    customer.goto("/portal/basket")
    customer.get_by_role("button", name="Order and pay").click()
    expect(customer.get_by_role("heading", level=1)).to_contain_text("Order O")
