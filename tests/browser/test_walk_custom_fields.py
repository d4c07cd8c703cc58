"""An admin defines a field; it is filled in on a new customer, shown in the list, and filtered by."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import follow
from tests.browser.test_accessibility import look_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


def check(page: Page) -> None:
    """Nothing is wrong with the page, wide and narrow, light and dark."""
    assert look_at(page, page.url) == []


def test_a_field_is_defined_filled_in_listed_and_asked_for(window):
    admin = window("admin")
    admin.goto("/settings/fields")
    check(admin)
    admin.get_by_role("link", name="Add field").first.click()
    check(admin)
    admin.get_by_label("Name", exact=True).fill("Favourite tea")
    expect(admin.get_by_label("Options")).to_be_hidden()
    admin.get_by_label("Type").select_option(label="Choice")
    admin.get_by_label("Options").fill("Assam\nOolong")
    admin.get_by_role("button", name="Add field").click()
    expect(admin.locator("#custom-fields")).to_contain_text("Favourite tea")

    admin.goto("/customers/new")
    check(admin)
    admin.get_by_label("First name").fill("Tea")
    admin.get_by_label("Last name").fill("Drinker")
    admin.get_by_label("Favourite tea").select_option(label="Oolong")
    admin.get_by_role("button", name="Add customer").click()
    expect(admin.locator("#facts")).to_contain_text("Oolong")
    check(admin)

    admin.goto("/customers?columns=name,custom.favourite_tea")
    follow(admin.get_by_role("link", name="Filter"))
    rule = admin.locator("#node-r-0")
    rule.get_by_label("What to ask about").select_option(label="Favourite tea")
    rule.get_by_label("Oolong").check()
    expect(admin.locator("#builder-words")).to_have_text("Favourite tea is Oolong")
    admin.get_by_role("button", name="Show them").click()
    expect(admin.locator("#page-context")).to_contain_text("1 customer")
    row = admin.locator("tr[data-row]")
    expect(row).to_contain_text("Tea Drinker")
    expect(row).to_contain_text("Oolong")

    admin.get_by_role("link", name="Export all as a file").click()
    admin.get_by_label("File").select_option("csv")
    admin.get_by_role("button", name="Export", exact=True).click()
    with admin.expect_download() as download:
        admin.get_by_role("link", name="Download").click()
    assert "Tea Drinker" in download.value.path().read_text("utf-8-sig")
    assert "Oolong" in download.value.path().read_text("utf-8-sig")


def test_fields_change_places_by_button_and_without_script_on_a_phone(window):
    page = window("admin", width=360, java_script_enabled=False)
    page.goto("/settings/fields")
    first = page.locator(".custom-list li").first
    name = first.locator(".person-name").inner_text()
    first.get_by_role("button", name="Move", exact=False).last.click()
    expect(page.locator(".custom-list li").nth(1).locator(".person-name")).to_have_text(name)
