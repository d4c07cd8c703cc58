"""Deals in a real browser: moved by drag and by keys, lost with a reason, won with products, quoted and accepted."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import follow
from tests.browser.test_accessibility import look_at

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


def lane(page: Page, name: str):
    return page.locator(".lane", has=page.get_by_role("heading", name=re.compile(f"^{name}")))


def drag(page: Page, item, onto) -> None:
    """Take a card by its middle and drop it on the upper part of something."""
    taken, target = item.bounding_box(), onto.bounding_box()
    assert taken
    assert target
    page.mouse.move(taken["x"] + 60, taken["y"] + 32)
    page.mouse.down()
    page.mouse.move(taken["x"] + 80, taken["y"] + 48, steps=3)
    page.mouse.move(target["x"] + 60, target["y"] + 8, steps=6)
    page.mouse.move(target["x"] + 62, target["y"] + 6)
    page.mouse.up()


def test_the_board_by_mouse_and_by_keys(window):
    page = window("manager")
    page.goto("/deals/board")
    card = lane(page, "New").locator(".deal-card").first
    name = card.locator(".deal-name").inner_text()
    drag(page, card, lane(page, "Qualified").locator(".lane-cards"))
    expect(page.locator("#toasts")).to_contain_text(f"{name} is in Qualified.")
    moved = lane(page, "Qualified").locator(".deal-card", has_text=name).first
    expect(moved).to_be_visible()
    page.locator("#toasts").get_by_role("button", name="Undo").last.click()
    expect(lane(page, "New").locator(".deal-card", has_text=name).first).to_be_visible()
    lane(page, "New").get_by_role("link", name=name, exact=True).first.focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(lane(page, "Qualified").get_by_role("link", name=name, exact=True).first).to_be_focused()
    expect(page.locator("#toasts")).to_contain_text(f"{name} is in Qualified.")
    page.reload()
    expect(lane(page, "Qualified").locator(".deal-card").first).to_contain_text(name)


def test_lost_takes_a_reason_and_won_says_what_was_sold(window):
    page = window("manager")
    page.goto("/deals/board")
    drag(page, lane(page, "Proposal").locator(".deal-card").first, page.locator(".board-lost"))
    page.get_by_role("button", name="Lost", exact=True).click()
    expect(page.locator(".field-error")).to_contain_text("Say why it is lost")
    page.get_by_label("Too expensive").check()
    page.get_by_role("button", name="Lost", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("is lost.")
    page.goto("/deals/new")
    page.get_by_label("Title").fill("Thirty bowls")
    page.get_by_label("Customer", exact=True).fill("carla")
    page.get_by_role("radio").first.check()
    follow(page.get_by_role("button", name="Add deal"))
    page.get_by_role("link", name="Won", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Add").first.click()
    expect(page.get_by_role("dialog").locator(".sale-line")).to_have_count(1)
    page.get_by_role("button", name="Won: write the receipt").click()
    expect(page.get_by_text(re.compile("Sold with receipt R-"))).to_be_visible()


def test_a_quote_is_accepted_through_its_link(window):
    page = window("manager")
    page.goto("/deals?q=hampers")
    follow(page.locator("tbody").get_by_role("link").first)
    deal = page.url
    follow(page.get_by_role("link", name="Change", exact=True))
    page.get_by_role("button", name="Add", exact=True).first.click()
    expect(page.locator(".sale-line").first).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="Quote", exact=True).click()
    page.get_by_label("Terms").fill("Delivered within two weeks.")
    page.get_by_role("button", name="Make quote").click()
    page.get_by_role("button", name="Copy a link").click()
    expect(page.locator("#quote-link")).to_contain_text("/q/")
    link = re.search(r"/q/\S+", page.locator("#quote-link").inner_text())[0]
    customer = window(width=360)
    customer.goto(link)
    assert look_at(customer, "/q/<secret>") == []
    customer.set_viewport_size({"width": 360, "height": 800})
    customer.get_by_label("Your name").first.fill("Carla Moreau")
    customer.get_by_role("button", name=re.compile("^Accept for")).click()
    expect(customer.get_by_text("Accepted by Carla Moreau")).to_be_visible()
    page.goto(deal)
    expect(page.get_by_text(re.compile("Sold with receipt R-"))).to_be_visible()
