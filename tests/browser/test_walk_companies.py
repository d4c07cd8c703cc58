"""A company is made, people are put into it and tagged; tags are filtered by, merged, and parted again."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import follow
from tests.browser.test_accessibility import look_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

FIRM = "Walkabout Tours"


def put_into_firm(page: Page, first_name: str, last_name: str) -> None:
    page.goto("/customers/new")
    page.get_by_label("First name").fill(first_name)
    page.get_by_label("Last name").fill(last_name)
    page.get_by_label("Company", exact=True).press_sequentially("walkab")
    expect(page.locator("#companies-known option").first).to_have_attribute("value", FIRM)
    page.get_by_label("Company", exact=True).fill(FIRM)
    follow(page.get_by_role("button", name=re.compile("^Add ")))
    expect(page.locator("#company")).to_contain_text(FIRM)


def tag(page: Page, typed: str) -> None:
    chips = page.locator("#tags")
    if not page.locator("#tag-name").is_visible():
        chips.locator("summary").click()
    page.locator("#tag-name").fill(typed)
    page.keyboard.press("Enter")
    expect(chips.get_by_role("link", name=typed)).to_be_visible()
    expect(page.locator("#tag-name")).to_be_focused()


def test_a_company_its_people_and_their_tags(window):
    page = window("manager")
    page.goto("/companies")
    page.get_by_role("link", name="Add company").click()
    page.get_by_label("Name").fill(FIRM)
    page.get_by_label("Domain").fill("https://www.walkabout.example/")
    page.get_by_role("button", name="Add company").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(FIRM)
    firm = page.url
    put_into_firm(page, "Wanda", "Quillfeather")
    tag(page, "Hiker")
    tag(page, "Guide")
    put_into_firm(page, "Ottokar", "Xylander")
    tag(page, "Hikers")
    page.goto(firm)
    expect(page.locator("#people")).to_contain_text("Wanda Quillfeather")
    expect(page.locator("#people")).to_contain_text("Ottokar Xylander")
    assert look_at(page, "company") == []

    page.locator("#people").get_by_role("link", name="Wanda Quillfeather").click()
    page.locator("#tags").get_by_role("link", name="Hiker", exact=True).click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(page.get_by_text("Tags has any of Hiker")).to_be_visible()

    page.goto("/tags?q=hikers")
    assert look_at(page, "tags") == []
    page.get_by_role("link", name="Hikers", exact=True).click()
    page.get_by_label("Other tag").fill("Hiker")
    page.get_by_role("button", name="Merge").click()
    expect(page.locator("#toasts")).to_contain_text("Hikers is merged into Hiker.")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Undid")
    page.goto("/tags?q=hikers")
    expect(page.get_by_role("row", name="Hikers")).to_contain_text("1 customer")


def test_a_tag_without_javascript(window):
    page = window("agent", java_script_enabled=False)
    page.goto("/customers")
    page.locator("a.person-name").first.click()
    page.locator("#tags summary").click()
    page.locator("#tag-name").fill("By hand")
    page.locator("#tags").get_by_role("button", name="Add", exact=True).click()
    page.locator("#tags").get_by_role("button", name="Remove tag: By hand").click()
    expect(page.locator("#tags")).not_to_contain_text("By hand")
