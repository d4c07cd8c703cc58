"""A message goes from the empty page to the report: what, who, when, check, and what became of each."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import follow
from tests.browser.test_accessibility import look_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


def check(page: Page) -> None:
    """Nothing is wrong with the page, wide and narrow, light and dark."""
    assert look_at(page, page.url) == []


def test_a_message_from_the_first_step_to_the_last_delivery(window):
    manager = window("manager")
    manager.goto("/reach/tasks")
    check(manager)
    follow(manager.get_by_role("link", name="New touch task").first)
    manager.get_by_label("Name").fill("Lanterns for the Irish")
    manager.get_by_label("What is written").select_option(label="Welcome (Orders and service)")
    expect(manager.locator(".touch-message").first).to_contain_text("Welcome")
    expect(manager.get_by_label("Name")).to_have_value("Lanterns for the Irish")
    manager.get_by_label("Email").uncheck()
    manager.get_by_role("button", name="Go on").click()

    expect(manager.locator("#task-who")).to_contain_text("Everybody there is")
    follow(manager.get_by_role("button", name="Build a filter"))
    manager.get_by_label("What to ask about").select_option(label="Country")
    manager.get_by_label("Ireland").check()
    expect(manager.locator("#builder-words")).to_have_text("Country is Ireland")
    manager.get_by_role("button", name="Use this filter").click()
    expect(manager.locator("#task-who")).to_contain_text("Country is Ireland")
    check(manager)
    follow(manager.get_by_role("button", name="Go on"))

    manager.get_by_label("Again and again").check()
    expect(manager.locator("#schedule-preview li")).to_have_count(3)
    manager.get_by_role("button", name="Go on").click()
    expect(manager.get_by_role("button", name="Begin sending by this rule")).to_be_visible()
    for step in ("What is written", "When it goes"):
        manager.get_by_role("link", name=f"Change: {step}").click()
        check(manager)
    manager.get_by_label("As soon as you launch it").check()
    manager.get_by_role("button", name="Go on").click()

    launch = manager.get_by_role("button", name=re.compile(r"^Send to [\d,]+ p"))
    check(manager)
    meant = re.search(r"[\d,]+", launch.inner_text())
    launch.click()
    expect(manager.locator("#touch-results")).to_be_visible()
    expect(manager.locator("#touch-progress")).to_contain_text(f"{meant[0]} of {meant[0]}")
    check(manager)
    manager.get_by_role("link", name="See each delivery").click()
    check(manager)
    manager.locator("tr[data-row] a.person-name").first.click()
    expect(manager.locator(".touch-steps-taken")).to_contain_text("Launched")
    expect(manager.locator(".touch-steps-taken li").last).to_contain_text("Sent")
    check(manager)


def test_a_list_says_who_was_not_found(window):
    manager = window("manager", java_script_enabled=False)
    manager.goto("/reach/tasks/new")
    manager.get_by_label("Name").fill("To two of them")
    manager.get_by_label("What is written").select_option(label="Welcome (Orders and service)")
    manager.get_by_role("button", name="Go on").click()
    manager.get_by_label("Inside the application").or_(manager.get_by_label("In the application")).check()
    manager.get_by_role("button", name="Go on").click()
    manager.get_by_label("A list of emails or references").check()
    manager.locator("#people").fill("nobody@nowhere.example")
    manager.get_by_role("button", name="Go on").click()
    expect(manager.locator("#task-who")).to_contain_text("None of them was found")
    expect(manager.locator(".touch-unknown")).to_contain_text("nobody@nowhere.example")
