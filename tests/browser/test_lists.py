"""A manager lays a list out, groups it, and keeps it; by drag as well as by buttons."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.hands import follow

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def heads(page: Page) -> Locator:
    return page.locator("thead th:not(.pick)")


def drag(page: Page, item: Locator, onto: Locator) -> None:
    """Take an item by its handle and drop it on the upper part of another."""
    handle, target = item.locator("[data-handle]").first.bounding_box(), onto.bounding_box()
    assert handle
    assert target
    page.mouse.move(handle["x"] + 8, handle["y"] + 12)
    page.mouse.down()
    page.mouse.move(target["x"] + 60, target["y"] + target["height"] / 2, steps=4)
    page.mouse.move(target["x"] + 60, target["y"] + 4, steps=4)
    page.mouse.up()


def test_columns_groups_and_a_view_of_them(window):
    manager = window("manager")
    manager.goto("/customers")
    expect(heads(manager).nth(1)).to_have_text("Phone")
    follow(manager.get_by_role("link", name="Columns"))
    menu = manager.locator("#list-columns")
    menu.get_by_label("Phone", exact=True).uncheck()
    menu.get_by_label("Country", exact=True).check()
    order = menu.locator('[name="order"]')
    for place in (5, 4, 3, 2):
        menu.get_by_role("button", name="Move Country up").focus()
        manager.keyboard.press("Enter")
        expect(order.nth(place)).to_have_value("country")
        expect(menu.get_by_role("button", name="Move Country up")).to_be_focused()
    drag(manager, menu.locator('[data-drag="value"]'), menu.locator('[data-drag="stage"]'))
    expect(order.nth(3)).to_have_value("value")
    menu.get_by_label("Group by").select_option(label="Looked after by")
    menu.get_by_role("button", name="Show", exact=True).click()
    expect(heads(manager).nth(1)).to_have_text("Country")
    expect(manager.locator(".rows-group").first).to_be_visible()
    manager.get_by_role("link", name="Save view").click()
    manager.get_by_label("Name").fill("By owner")
    manager.get_by_role("button", name="Save").click()
    expect(manager.get_by_role("navigation", name="Views").get_by_role("link", name="By owner")).to_be_visible()
    expect(heads(manager).nth(1)).to_have_text("Country")
    expect(manager).to_have_url(re.compile("group=owner"))


def test_a_condition_is_dragged_into_a_group(window):
    manager = window("manager")
    manager.goto("/filters/customer")
    manager.get_by_label("What to ask about").select_option(label="Country")
    manager.get_by_label("Question").select_option(label="is filled in")
    manager.get_by_role("button", name="Add a group").click()
    group = manager.locator("#node-r-1")
    group.get_by_label("What to ask about").select_option(label="Email")
    group.get_by_label("Question").select_option(label="is filled in")
    words = manager.locator("#builder-words")
    expect(words).to_have_text("Country is filled in and Email is filled in")
    drag(manager, manager.locator("#node-r-0"), manager.locator("#node-r-1-0"))
    expect(words).to_have_text("(Country is filled in or Email is filled in)")
    drag(manager, manager.locator("#node-r-0-1"), manager.locator("#node-r-0"))
    expect(words).to_have_text("Email is filled in and Country is filled in")


def test_on_a_phone_without_script(window):
    page = window("agent", width=360, java_script_enabled=False)
    page.goto("/products")
    page.get_by_role("link", name="Columns").click()
    page.get_by_label("SKU", exact=True).check()
    page.get_by_role("button", name="Move SKU up").click()
    page.get_by_label("Group by").select_option(label="Type")
    page.get_by_role("button", name="Show", exact=True).last.click()
    expect(page.locator(".rows-group").first).to_contain_text("Good")
    expect(page.locator('td[data-label="SKU"]').first).to_be_visible()


def test_what_can_be_done_stands_in_one_line_on_a_phone(window):
    page = window("manager", width=360, java_script_enabled=False)
    page.goto("/customers")
    page.locator("[data-pick]").first.check()
    bar = page.locator(".bulk")
    assert bar.bounding_box()["height"] < 110
    expect(bar.get_by_role("button", name="Untag")).to_be_hidden()
    bar.get_by_role("button", name="More").click()
    bar.get_by_role("button", name="Untag").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Untag: 1 customer")
    page.goto("/customers")
    follow(page.locator("a.person-name").first)
    assert page.locator(".page-actions").bounding_box()["height"] < 48
    page.locator(".page-actions").get_by_role("button", name="More").click()
    page.locator("#record-more").get_by_role("link", name="Edit").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Edit ")
