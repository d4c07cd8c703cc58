"""A template is written beside what customers will get, changed, compared, restored, sent to oneself, put away."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import follow
from tests.browser.test_accessibility import look_at
from tests.flows.processes import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


def check(page: Page) -> None:
    """Nothing is wrong with the page, wide and narrow, light and dark."""
    page.wait_for_load_state("load")
    assert look_at(page, page.url) == []


def test_a_template_from_the_first_word_to_the_shelf(window):
    manager = window("manager")
    manager.goto("/reach/templates")
    expect(manager.get_by_role("link", name="We have missed you")).to_be_visible()
    check(manager)
    follow(manager.get_by_role("link", name="New template"))
    manager.get_by_label("Name", exact=False).first.fill("Spring lamps")
    manager.get_by_label("Message type").select_option(label="News and offers")
    subject, body = (manager.locator(f"[name='contents.email.en.{part}']") for part in ("subject", "body"))
    subject.fill("Lamps for {customer.frist_name}")
    preview = manager.locator("#template-preview")
    expect(preview).to_contain_text("Did you mean {customer.first_name}?")
    subject.fill("Lamps for {customer.first_name|you}")
    expect(preview).not_to_contain_text("Did you mean")
    body.fill("Dear ")
    body.press("End")
    manager.get_by_text("What is filled in by itself").click()
    manager.get_by_role("button", name="{customer.name}").click()
    expect(body).to_have_value("Dear {customer.name}")
    frame = manager.frame_locator(".preview-frame")
    somebody = preview.locator("label", has=manager.locator(":checked")).inner_text()
    expect(frame.locator("body")).to_contain_text(f"Dear {somebody}")
    expect(frame.get_by_role("link", name="Unsubscribe")).to_be_visible()

    manager.get_by_label("Channel", exact=True).select_option(label="Text message")
    manager.get_by_role("button", name="Add", exact=True).click()
    text_message = manager.locator("[data-sheet='sms.en']")
    text_message.get_by_label("Text").fill("Łamps are here.")
    expect(preview).to_contain_text("15 of 70 characters, one message; Ł halves what fits into one")
    expect(subject).to_have_value("Lamps for {customer.first_name|you}")
    manager.get_by_role("button", name="Save the template").click()
    expect(manager.locator("h1")).to_have_text("Spring lamps")
    check(manager)
    manager.goto(f"{manager.url}/edit")
    check(manager)


def test_versions_are_compared_and_restored_and_a_test_arrives(window, house):
    manager = window("manager")
    manager.goto("/reach/templates")
    manager.get_by_role("link", name="Late invoice").click()
    manager.get_by_role("link", name="Edit", exact=True).click()
    manager.locator("[name='contents.email.en.subject']").fill("A friendly word about invoice {event.number}")
    manager.get_by_label("What changed").fill("Friendlier")
    manager.get_by_role("button", name="Save as a new version").click()
    manager.get_by_role("link", name="Friendlier").click()
    expect(manager.locator(".difference-line ins").first).to_contain_text("A friendly word")
    check(manager)
    manager.go_back()
    manager.get_by_role("button", name="Restore version 1").click()
    expect(manager.locator(".versions")).to_contain_text("As version 1")
    manager.get_by_role("button", name="Send me a test").click()
    expect(manager.locator("[data-toast]").last).to_contain_text("A test is on its way to you")
    address = house.people["manager"].email
    wait_until(
        lambda: [mail["Subject"] for mail in house.mail.to(address) if mail["Subject"].startswith("Your invoice")],
        60,
        "the test",
    )
    manager.get_by_role("button", name="Put away").click()
    expect(manager.locator("[data-toast]").last).to_contain_text("was put away")
    manager.locator("[data-toast] button", has_text="Undo").last.click()
    expect(manager.locator("h1")).to_have_text("Late invoice")


def test_types_on_a_phone_without_a_script(window):
    manager = window("manager", width=360, java_script_enabled=False)
    manager.goto("/reach/types/new")
    manager.get_by_label("Name").fill("Workshops")
    manager.get_by_label("What it is for").select_option("marketing")
    manager.get_by_role("button", name="Add the type").click()
    expect(manager.get_by_role("link", name="Workshops")).to_be_visible()
    manager.goto("/reach/templates/new")
    manager.get_by_label("Language", exact=True).select_option("de")
    manager.get_by_role("button", name="Add", exact=True).click()
    expect(manager.locator("summary", has_text="German")).to_be_visible()
