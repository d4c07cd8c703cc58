"""An agent and a customer, then two agents: a chat is taken, answered, noted on, put aside and resolved by keys."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import press
from tests.browser.test_accessibility import look_at

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def check(page: Page) -> None:
    """Nothing is wrong with the page, wide and narrow, light and dark."""
    assert look_at(page, page.url) == []


def open_row(page: Page, tab: str, topic: str) -> None:
    """Open the conversation about a topic from a list."""
    page.goto(f"/conversations?tab={tab}")
    page.locator(".waiting", has_text=topic).click()
    expect(page.locator("#conversation-head")).to_contain_text(topic)


def test_a_customer_and_an_agent_side_by_side(window):
    customer, agent = window("customer", width=360), window("agent")
    customer.goto("/portal/chats/new")
    customer.get_by_label("What is it about?").fill("The blue teapot")
    customer.get_by_label("Your message").fill("Does the blue teapot come back?")
    customer.get_by_role("button", name="Start the chat").click()
    expect(customer.locator("#thread")).to_contain_text("Does the blue teapot come back?")

    agent.goto("/conversations?tab=waiting&q=teapot")
    press(agent, "j")
    agent.keyboard.press("Enter")
    expect(agent.locator("#thread")).to_contain_text("Does the blue teapot come back?")
    press(agent, "a")
    expect(agent.get_by_label("Write a message")).to_be_visible()
    check(agent)

    press(agent, "r")
    agent.keyboard.type("It comes back")
    expect(customer.locator("[data-typing]")).to_have_text(re.compile("is typing"))
    expect(agent.locator("[data-draft-state]")).to_have_text("Draft saved")
    agent.reload()
    expect(agent.get_by_label("Write a message")).to_have_value("It comes back")
    agent.get_by_label("Write a message").press("End")
    agent.keyboard.type(" in May.")
    agent.keyboard.press("Control+Enter")
    expect(customer.locator("#thread")).to_contain_text("It comes back in May.")
    expect(agent.get_by_label("Write a message")).to_have_value("")

    press(agent, "n")
    agent.keyboard.type("She asks each spring")
    agent.keyboard.press("Control+Enter")
    expect(agent.locator(".bubble-note")).to_contain_text("She asks each spring")
    customer.get_by_label("Write a message").fill("Thank you!")
    customer.keyboard.press("Enter")
    expect(agent.locator("#thread")).to_contain_text("Thank you!")
    expect(customer.locator("#thread")).not_to_contain_text("each spring")
    check(customer)

    press(agent, "e")
    expect(agent.locator("#conversation-foot")).to_contain_text("Closed")
    agent.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(agent.locator("#conversation-foot")).not_to_contain_text("Closed")
    press(agent, "e")
    expect(agent.locator("#conversation-foot")).to_contain_text("Closed")
    expect(customer.get_by_role("button", name="Send the rating")).to_be_visible()


def test_a_canned_reply_a_label_and_a_snooze_by_keys(window, talk):
    talk("A parcel for Lyon")
    agent = window("agent")
    agent.goto("/replies/new")
    check(agent)
    agent.get_by_label("Name").fill("back-soon")
    agent.get_by_label("Text").fill("Hello {customer.first_name}, it is back soon.")
    expect(agent.locator("#reply-preview")).to_contain_text("Hello Carla, it is back soon.")
    agent.get_by_role("button", name="Save").click()
    expect(agent.locator("#replies-list")).to_contain_text("/back-soon")

    open_row(agent, "mine", "A parcel for Lyon")
    press(agent, "r")
    agent.get_by_label("Write a message").fill("")
    agent.keyboard.type("/back")
    expect(agent.locator("#reply-list [role=option]").first).to_contain_text("/back-soon")
    agent.keyboard.press("Enter")
    expect(agent.get_by_label("Write a message")).to_have_value("Hello Carla, it is back soon.")
    agent.get_by_label("Write a message").fill("")

    press(agent, "l")
    agent.get_by_label("Tag", exact=True).fill("Candles")
    agent.keyboard.press("Enter")
    expect(agent.locator("#tags")).to_contain_text("Candles")
    expect(agent.get_by_label("Tag", exact=True)).to_be_focused()
    press(agent, "s")
    agent.get_by_role("button", name="Until the customer writes").click()
    expect(agent.locator("[data-toast]").last).to_contain_text("Snoozed until the customer writes")
    agent.goto("/conversations?tab=snoozed")
    expect(agent.locator(".waiting", has_text="A parcel for Lyon")).to_be_visible()
    check(agent)
    open_row(agent, "snoozed", "A parcel for Lyon")
    expect(agent.locator("#conversation-head")).to_contain_text("Snoozed")
    press(agent, "s")
    expect(agent.locator("#conversation-head")).to_contain_text("Open")


def test_two_agents_do_not_answer_at_once(window, talk):
    first, second = window("agent"), window("manager")
    here = talk("Two at the till")
    first.goto(here)
    second.goto(here)
    for each in (first, second):
        expect(each.locator("[data-looking]")).to_contain_text("looks at this too")
    second.get_by_label("Write a message").fill("I know")
    second.get_by_label("Write a message").press("End")
    second.keyboard.type(" it")
    expect(first.locator("[data-typing]")).to_contain_text("is typing")
    second.goto("/conversations?tab=all")
    box = second.locator("[data-pick]").first
    box.focus()
    box.check()
    expect(second.locator(".bulk")).to_be_visible()
    check(second)
