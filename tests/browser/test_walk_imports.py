"""An address book and a spreadsheet come in, a cell is mended, an import undone; two customers become one and part."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import follow
from tests.browser.test_accessibility import look_at
from tests.importing import FILES
from tests.spreadsheets import book, sheet_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def upload(page: Page, name: str, kind: str, content: bytes) -> None:
    page.goto("/imports/new?kind=customers")
    page.locator("#file").set_input_files({"name": name, "mimeType": kind, "buffer": content})
    page.get_by_role("button", name="Upload and look").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def go_on(page: Page) -> None:
    page.get_by_role("button", name="Right, choose columns").click()
    page.get_by_role("button", name="Look at the rows").click()


def test_an_export_of_google_contacts(window):
    page = window("manager")
    upload(page, "google.csv", "text/csv", (FILES / "google.csv").read_bytes())
    expect(page.get_by_text("This is an export of Google Contacts")).to_be_visible()
    assert look_at(page, "reading") == []
    go_on(page)
    expect(page.get_by_role("cell", name="Zoë Anna Müller")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#import-counts")).to_contain_text(re.compile(r"Created\s*4"))
    page.get_by_role("link", name="See them in the list").click()
    page.get_by_role("link", name="Zoë Anna Müller").first.click()
    expect(page.locator("main")).to_contain_text("zoe.m@home.example")


def test_a_spreadsheet_whose_bad_cell_is_mended_and_the_import_undone(window):
    page = window("manager")
    rows = [["Name", "Email"], ["Quentin Tulkinghorn", "quentin at law.example"], ["Wilhelmina Snagsby", ""]]
    upload(page, "people.xlsx", XLSX, book({"People": sheet_of(rows)}))
    go_on(page)
    page.get_by_role("button", name="Try it without changing anything").click()
    cell = page.locator('input[name="cell_email"]')
    expect(cell).to_have_value("quentin at law.example")
    assert look_at(page, "mending") == []
    cell.fill("quentin@law.example")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Mended: will be added")).to_be_visible()
    expect(page.locator("#import-counts")).to_contain_text(re.compile(r"Left out\s*0"))
    page.get_by_role("button", name=re.compile("^Import")).click()
    expect(page.get_by_role("button", name="Undo this import")).to_be_visible()
    address = page.url
    assert look_at(page, "imported") == []
    page.get_by_role("button", name="Undo this import").click()
    expect(page.locator("#toasts")).to_contain_text("Undid")
    page.goto(address)
    expect(page.get_by_text("This import was undone")).to_be_visible()
    page.goto("/customers?q=Tulkinghorn")
    expect(page.get_by_role("link", name="Quentin Tulkinghorn")).to_have_count(0)


def test_two_customers_become_one_and_part_again(window):
    page = window("manager")
    page.goto("/customers/duplicates")
    row = page.get_by_role("row").filter(has_text="Tomás Echeverría").first
    expect(row).to_contain_text("Same phone")
    row.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merge 2 customers")
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("Merged into Tom")
    expect(page.locator("main")).to_contain_text("Calle Mayor 12")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("They are apart again")
    page.goto("/customers/merges")
    expect(page.get_by_text("Undone").first).to_be_visible()


SHOPIFY = (
    b"First Name,Last Name,Email,Accepts Email Marketing,Phone,Accepts SMS Marketing,Tags\n"
    b"Prudence,Pembroke,prudence@walk.example,yes,+44 20 7946 0001,no,vip\n"
    b"Winifred,Wickham,winifred@walk.example,no,,,\n"
)


def test_who_agreed_comes_along_with_how_the_shop_knows(window):
    page = window("manager")
    upload(page, "customers_export.csv", "text/csv", SHOPIFY)
    follow(page.get_by_role("button", name="Right, choose columns"))
    how = page.get_by_label("How do you know what they want?")
    expect(how).to_be_visible()
    assert look_at(page, "columns") == []
    by_email, by_text = (page.get_by_label(f"Agreed to marketing by {way}") for way in ("email", "text message"))
    for claim in (by_email, by_text):
        claim.select_option("")
    expect(how).to_be_hidden()
    by_email.select_option(label="Accepts Email Marketing")
    expect(how).to_be_visible()
    page.get_by_role("button", name="Look at the rows").click()
    expect(page.locator("#source_text-error")).to_contain_text("Say how you know")
    expect(how).to_be_focused()
    expect(by_email.locator("option:checked")).to_have_text("Accepts Email Marketing")
    assert look_at(page, "columns, refused") == []
    how.fill("Newsletter form on our website since 2023")
    page.get_by_role("button", name="Look at the rows").click()
    expect(page.get_by_role("cell", name="Agrees: email")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Undoing leaves the log of consent as it is")).to_be_visible()
    assert look_at(page, "imported with consent") == []
    page.goto("/customers?q=Pembroke")
    page.get_by_role("link", name="Prudence Pembroke").first.click()
    expect(page.locator(".consent", has_text="Email")).to_contain_text("Agreed")
