"""Consent: staff records what was said, the customer decides in the portal, and a manager changes the words."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.hands import follow
from tests.browser.test_walk_by_hand import check

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.long]


def line(page: Page, channel: str):
    return page.locator(".consent", has_text=re.compile(channel))


def test_staff_records_and_withdraws_in_place(window):
    page = window("agent")
    page.goto("/customers")
    follow(page.locator("tbody .person-name").nth(2))
    post = line(page, "Push")
    expect(post).to_contain_text("Not agreed")
    post.get_by_role("link", name=re.compile("^Record")).press("Enter")
    form = page.locator("form#consents")
    expect(form).to_contain_text("How do you know?")
    form.get_by_role("button", name="Record consent").click()
    expect(form).to_contain_text("Say how you know")
    form.get_by_label("How do you know?").fill("Said yes at the counter")
    form.get_by_role("button", name="Record consent").click()
    expect(page.locator("#toasts")).to_contain_text("Consent recorded.")
    expect(line(page, "Push")).to_contain_text("Agreed")
    expect(page.locator("#timeline")).to_contain_text("Agreed to marketing by push notification")
    check(page)
    page.get_by_role("link", name="How we know").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Consent of")
    expect(page.locator("#consent-log")).to_contain_text("Said yes at the counter")
    check(page)
    withdraw = line(page, "Push").get_by_role("link", name=re.compile("^Withdraw"))
    page.goto(withdraw.get_attribute("href") or "")
    expect(page.get_by_role("heading", level=1)).to_have_text("Withdraw consent")
    check(page)
    page.go_back()
    withdraw.click()
    form = page.locator("form#consents")
    form.get_by_label("How do you know?").fill("Called, and wants no more")
    form.get_by_role("button", name="Withdraw").click()
    expect(line(page, "Push")).to_contain_text("Withdrawn")
    expect(page.locator("#consent-log")).to_contain_text("Called, and wants no more")


def test_customers_decide_on_a_phone(window):
    page = window("customer", width=360)
    page.goto("/portal/profile")
    page.get_by_role("link", name="What we send you").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What we send you")
    page.get_by_label(re.compile("^Text message")).check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved.")
    expect(page.get_by_label(re.compile("^Text message"))).to_be_checked()
    check(page)
    page.get_by_role("button", name="Stop all marketing").click()
    expect(page.locator("#toasts")).to_contain_text("no marketing")
    expect(page.get_by_label(re.compile("^Text message"))).not_to_be_checked()


def test_a_manager_changes_the_words(window):
    page = window("manager")
    page.goto("/settings/consent")
    page.get_by_label(re.compile("^Version")).fill(
        "Yes, write to me about new things and offers. I can stop this at any time."
    )
    page.get_by_role("button", name=re.compile("^Save as version")).click()
    expect(page.locator(".consent-log")).to_contain_text("Yes, write to me about new things")
    check(page)
